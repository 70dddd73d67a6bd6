import { applyAddons, applyDns } from "../../phases/apply-addons.ts";
import { applyExtraAddons, makeAddonCertificates } from "../../phases/apply-extra-addons.ts";
import { applyBootstrapObjects, makeToken } from "../../phases/apply-objects.ts";
import type { ClusterPhase } from "../../phases/context.ts";
import {
  importApiServerImages,
  importControllerImages,
  importControllerImagesFirst,
  importEtcdImages,
  importNodeImages,
} from "../../phases/import-images.ts";
import { installContainerd } from "../../phases/install-containerd.ts";
import { installCni, installKubectl, installKubelet } from "../../phases/install-kubelet.ts";
import { joinEtcd, joinEtcdHosts, promoteEtcd, promoteEtcdHosts } from "../../phases/join-etcd.ts";
import { forgetToken, joinWorkers } from "../../phases/join-workers.ts";
import { labelNodes } from "../../phases/label-nodes.ts";
import { makeEtcdPki, makeFirstEtcdPki, makeKubeletPki, makeMemberPki, makePki } from "../../phases/make-pki.ts";
import { offerToken } from "../../phases/offer-token.ts";
import { prepareHost } from "../../phases/prepare-host.ts";
import { reachApiServer } from "../../phases/reach-api-server.ts";
import { awaitEtcd, beginEtcd, installEtcd, startEtcdHosts, writeEtcdCertificates } from "../../phases/run-etcd.ts";
import {
  startApiServer,
  startControllers,
  startControllersBeside,
  startEtcd,
  startFirstEtcd,
  startMemberApiServer,
} from "../../phases/start-control-plane.ts";
import { startKubeVip } from "../../phases/start-kube-vip.ts";
import { startKubelet, startMemberKubelet } from "../../phases/start-kubelet.ts";
import { deleteTokens, removeBlobs } from "../../phases/tidy.ts";
import { uploadCertificates } from "../../phases/upload-certificates.ts";
import { waitApiServer } from "../../phases/wait-api-server.ts";
import { waitReady } from "../../phases/wait-ready.ts";
import { writeCertificates } from "../../phases/write-certificates.ts";
import type { Survey } from "../survey.ts";

/** From plain machines to a cluster. Each starts when what it needs is done, whatever its place in the list. */
export const createPhases: readonly ClusterPhase[] = [
  prepareHost,
  installContainerd,
  installKubelet,
  importEtcdImages,
  importApiServerImages,
  makeKubeletPki,
  makeFirstEtcdPki,
  makePki,
  makeMemberPki,
  installEtcd,
  makeEtcdPki,
  writeEtcdCertificates,
  beginEtcd,
  joinEtcdHosts,
  startEtcdHosts,
  promoteEtcdHosts,
  awaitEtcd,
  startKubelet,
  startFirstEtcd,
  writeCertificates,
  startApiServer,
  joinEtcd,
  startMemberKubelet,
  startEtcd,
  promoteEtcd,
  startMemberApiServer,
  importControllerImages,
  installCni,
  importNodeImages,
  installKubectl,
  waitApiServer,
  startControllers,
  applyBootstrapObjects,
  startKubeVip,
  makeToken,
  offerToken,
  uploadCertificates,
  applyAddons,
  applyDns,
  makeAddonCertificates,
  applyExtraAddons,
  joinWorkers,
  labelNodes,
  removeBlobs,
  waitReady,
  forgetToken,
  deleteTokens,
];

/** Without those that speak to the API, or wait for what it brings about. */
const withoutApi = (phases: readonly ClusterPhase[], gone: ReadonlySet<string> = new Set([waitApiServer.id])): readonly ClusterPhase[] => {
  const more = phases.filter(({ id, needs = [] }) => !gone.has(id) && needs.some(({ phase }) => gone.has(phase)));
  return more.length === 0 ? phases.filter(({ id }) => !gone.has(id)) : withoutApi(phases, new Set([...gone, ...more.map(({ id }) => id)]));
};

/** Of kubeadm's phases, those for which a run has to wait for the API. */
const needApi = ["wait-control-plane", "upload-config/kubeadm", "upload-config/kubelet", "mark-control-plane", "bootstrap-token"];

const speaksToApi = ({ cluster, parts, invitation }: Wished): boolean =>
  parts === undefined || cluster.kubernetes.proxyMode !== "none" || invitation?.certificates !== undefined || needApi.some(parts);

type Wished = Pick<Survey, "cluster" | "parts" | "invitation">;

/** Where nobody waits for pods. */
const beside = (phase: ClusterPhase): readonly ClusterPhase[] => {
  if (phase === importControllerImages) return [importControllerImagesFirst];
  return phase === startControllers ? [reachApiServer, startControllersBeside] : [phase];
};

/**
 * The same, for what is wished. Where somebody else brings the pod network the run ends when the control plane is up, and not when its pods are ready;
 * where all that the API is needed for is left out, when its pods are set up.
 */
export const createPhasesOf = (wished: Wished): readonly ClusterPhase[] => {
  if (wished.cluster.network.plugin !== "none") return createPhases;
  const phases = createPhases.flatMap(beside);
  return speaksToApi(wished) ? phases : withoutApi(phases);
};
