import type { KubeObject } from "../changes/change.ts";
import { clusterEndpoint } from "../pki/names.ts";
import { newToken } from "../pki/token.ts";
import { bootstrapTokenSecret, clusterAdminsBinding, clusterInfoObjects, nodeBootstrapObjects } from "../templates/objects/bootstrap.ts";
import { kubeadmConfigObjects, kubeletConfigObjects } from "../templates/objects/cluster-config.ts";
import { objectChanges } from "./common/objects.ts";
import { makes } from "./common/parts.ts";
import { caCertificate, pkiNames } from "./common/pki.ts";
import { formerReports } from "./common/reports.ts";
import { signerRuns } from "./common/signer.ts";
import { type ClusterPhase, type Context, firstControlPlane, nothing, tokenDescription, workers } from "./context.ts";

/** Milliseconds for which the token of a run is good: longer than a run should ever take. */
const tokenLife = 2 * 60 * 60 * 1000;

/** What machines that join may do, and where they find the cluster. */
const forJoining = (context: Context, host: string): readonly KubeObject[] => [
  ...nodeBootstrapObjects,
  ...clusterInfoObjects({ server: clusterEndpoint(pkiNames(context, host)), ca: caCertificate(context).toString() }),
];

/** Needs: the API. Gives: what kubeadm's init leaves in it: rights, configurations, cluster-info. */
export const applyBootstrapObjects: ClusterPhase = {
  id: "apply-bootstrap-objects",
  title: "Give rights and publish the configuration",
  hosts: firstControlPlane,
  needs: [{ phase: "wait-api-server", on: "first" }],
  wish: (context, host) =>
    objectChanges([
      clusterAdminsBinding,
      ...(makes(context, "upload-config/kubeadm") ? kubeadmConfigObjects(context.cluster) : []),
      ...(makes(context, "upload-config/kubelet") ? kubeletConfigObjects(context.cluster) : []),
      ...(makes(context, "bootstrap-token") ? forJoining(context, host) : []),
    ]),
};

const someoneJoins = (context: Context): boolean => workers(context).some((host) => !context.joined.has(host));

/** Needs: the API. Gives: a token for the workers of this run, if one has yet to join. */
export const makeToken: ClusterPhase = {
  id: "make-token",
  title: "Make a bootstrap token",
  hosts: firstControlPlane,
  needs: [
    { phase: "apply-bootstrap-objects", on: "first" },
    { phase: "start-controllers", on: "first" },
  ],
  act: async (context, _host, { signal, waiting }) => {
    if (!someoneJoins(context)) return nothing;
    const kube = context.learned.get("kube");
    await signerRuns(kube, signal, waiting);
    const token = newToken();
    const expires = new Date(Date.now() + tokenLife);
    const secret = bootstrapTokenSecret({ id: token.id, secret: token.secret, expires, description: tokenDescription });
    const [former] = await Promise.all([formerReports(context, kube, signal), kube.create(secret)]);
    context.learned.tell("formerReports", former);
    context.learned.tell("token", token);
    return { changed: [`bootstrap token ${token.id}`] };
  },
  // One that nobody will ever hear of stands for it.
  foresee: async (context) => {
    if (!someoneJoins(context)) return nothing;
    context.learned.tell("token", newToken());
    return { changes: [{ change: "bootstrap token", why: "a worker has yet to join; it is deleted at the end" }] };
  },
};
