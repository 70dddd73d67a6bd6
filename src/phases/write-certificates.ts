import { dirname } from "node:path";
import type { Change } from "../changes/change.ts";
import { externalFiles, sharedPlaces } from "../pki/shared-files.ts";
import { quote } from "../shared/quote.ts";
import { certificatesOf } from "../templates/paths.ts";
import { certificatesFolder, etcdCertificatesFolder, kubeletFolder, kubernetesFolder } from "./common/directories.ts";
import { kubeletIdentity } from "./common/kubelet-identity.ts";
import { makes } from "./common/parts.ts";
import { isWrittenEarly, pkiChange, pkiOf, startsEtcdEarly } from "./common/pki.ts";
import { type ClusterPhase, type Context, controlPlanes } from "./context.ts";

/** With an external etcd it is its owner's, if it is there at all. With an early one it is there. */
const etcdFolder = (context: Context, host: string): readonly Change[] =>
  context.cluster.etcd.mode === "external" || startsEtcdEarly(context, host) ? [] : [etcdCertificatesFolder(context.cluster)];

/** The folders of what a control plane that joins has of an external etcd: made where they are not there, and else left as they are. */
const foldersElsewhere = (context: Context, host: string): readonly Change[] => {
  const there = externalFiles(sharedPlaces(context.cluster));
  const paths = pkiOf(context, host).flatMap(({ path }) => (there.has(path) ? [dirname(path)] : []));
  return [...new Set(paths)].map((path) => ({
    kind: "command",
    name: `make the folder ${path}`,
    check: `[ -d ${quote(path)} ]`,
    apply: `mkdir -p -m 700 ${quote(path)}`,
    undo: `rmdir ${quote(path)} 2>/dev/null || :`,
  }));
};

/** Needs: the PKI in memory. Gives: every key, certificate and kubeconfig of a control plane which its kubelet does not bring. */
export const writeCertificates: ClusterPhase = {
  id: "write-certificates",
  title: "Write certificates and kubeconfigs",
  hosts: controlPlanes,
  needs: [
    { phase: "make-pki", on: "first" },
    { phase: "start-kubelet", on: "here" },
    { phase: "start-first-etcd", on: "here" },
    { phase: "install-kubelet", on: "here" },
    { phase: "make-member-pki", on: "here" },
  ],
  wish: (context, host) => [
    ...etcdFolder(context, host),
    ...foldersElsewhere(context, host),
    ...pkiOf(context, host)
      .filter((file) => !isWrittenEarly(context, host, file) && makes(context, file.part))
      .map((file) => pkiChange(file, context, host)),
  ],
};

/** Gives: of the keys, certificates and kubeconfigs in memory those that the run makes, and nothing else. */
export const writePki: ClusterPhase = {
  id: "write-pki",
  title: "Write keys, certificates and kubeconfigs",
  hosts: controlPlanes,
  needs: [{ phase: "make-pki", on: "first" }],
  wish: (context, host) => {
    const all = pkiOf(context, host);
    const files = all.filter(({ part }) => makes(context, part));
    const below = (folder: string): boolean => files.some(({ path }) => path.startsWith(`${folder}/`));
    const pki = certificatesOf(context.cluster);
    const identity = kubeletIdentity(context, host, () => all);
    return [
      kubernetesFolder,
      ...(below(pki) ? certificatesFolder(context.cluster) : []),
      ...(below(`${pki}/etcd`) ? [etcdCertificatesFolder(context.cluster)] : []),
      ...files.filter(({ part }) => part !== "kubeconfig/kubelet").map((file) => pkiChange(file, context, host)),
      // The folder of its certificates lies in it, and where no kubelet was installed nobody has made it.
      ...(identity.some(({ kind }) => kind === "directory") ? [kubeletFolder] : []),
      ...identity,
    ];
  },
};
