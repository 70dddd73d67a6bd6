import { stateDirectory } from "../changes/sh/base.ts";
import type { LiveObject } from "../kube/types.ts";
import { type ClusterPhase, everyHost, firstControlPlane, nothing, tokenDescription } from "./context.ts";

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
    const secrets = { apiVersion: "v1", kind: "Secret", namespace: "kube-system" };
    const { items } = await kube.list<TokenSecret>({ ...secrets, fieldSelector: "type=bootstrap.kubernetes.io/token" }, { signal });
    const ours = items.filter(({ data }) => Buffer.from(data?.["description"] ?? "", "base64").toString() === tokenDescription);
    await Promise.all(ours.map(({ metadata }) => kube.remove({ ...secrets, name: metadata.name }, { signal })));
    return nothing;
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
    },
  ],
};
