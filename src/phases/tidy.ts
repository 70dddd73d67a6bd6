import { stateDirectory } from "../changes/sh/base.ts";
import type { Kube, LiveObject } from "../kube/types.ts";
import { type ClusterPhase, everyHost, firstControlPlane, nothing, tokenDescription } from "./context.ts";

const secrets = { apiVersion: "v1", kind: "Secret", namespace: "kube-system" };

/** Names of the tokens that runs of kbs have made. */
const ourTokens = async (kube: Kube, signal: AbortSignal): Promise<string[]> => {
  const { items } = await kube.list<TokenSecret>({ ...secrets, fieldSelector: "type=bootstrap.kubernetes.io/token" }, { signal });
  const ours = items.filter(({ data }) => Buffer.from(data?.["description"] ?? "", "base64").toString() === tokenDescription);
  return ours.map(({ metadata }) => metadata.name);
};

/** Needs: workers that have joined. Gives: no token of ours in the cluster, not even one that a killed run has left. */
export const deleteTokens: ClusterPhase = {
  id: "delete-tokens",
  title: "Delete the bootstrap tokens",
  hosts: firstControlPlane,
  needs: [
    { phase: "wait-ready", on: "first" },
    { phase: "forget-token", on: "everywhere" },
  ],
  act: async ({ learned }, _host, { signal }) => {
    const kube = learned.get("kube");
    const names = await ourTokens(kube, signal);
    await Promise.all(names.map((name) => kube.remove({ ...secrets, name }, { signal })));
    return nothing;
  },
  // Those of a run that was killed; one that this run makes is told where it is made.
  foresee: async ({ learned }, _host, { signal }) => {
    if (!learned.has("kube")) return nothing;
    const names = await ourTokens(learned.get("kube"), signal);
    return { changes: names.map((name) => ({ change: `Secret kube-system/${name}`, why: "a token that an interrupted run has left" })) };
  },
};

interface TokenSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Needs: images imported and executables installed. Gives: the room back that their blobs took. */
export const removeBlobs: ClusterPhase = {
  id: "remove-blobs",
  title: "Remove staged content",
  hosts: everyHost,
  needs: [
    { phase: "install-kubelet", on: "here" },
    { phase: "install-etcd", on: "here" },
    { phase: "import-node-images", on: "here" },
    { phase: "install-kubectl", on: "here" },
  ],
  lane: "images",
  wish: () => [
    {
      kind: "command",
      name: "remove staged content",
      check: `[ -z "$(ls -A ${stateDirectory}/blobs/sha256 2>/dev/null)" ]`,
      apply: `rm -rf ${stateDirectory}/blobs/sha256 ${stateDirectory}/blobs/.import`,
      follows: true,
    },
  ],
};
