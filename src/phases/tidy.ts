import { stateDirectory } from "../changes/sh/base.ts";
import { type ClusterPhase, everyHost, firstControlPlane, nothing } from "./context.ts";

/** Needs: workers that have joined. Gives: no token in the cluster. */
export const deleteToken: ClusterPhase = {
  id: "delete-token",
  title: "Delete the bootstrap token",
  hosts: firstControlPlane,
  needs: [
    { phase: "wait-ready", on: "first" },
    { phase: "forget-token", on: "everywhere" },
  ],
  act: async ({ learned }, _host, { signal }) => {
    if (!learned.has("token")) return nothing;
    await learned
      .get("kube")
      .remove(
        { apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: `bootstrap-token-${learned.get("token").id}` },
        { signal },
      );
    return nothing;
  },
};

/** Needs: images imported and executables installed. Gives: the room back that their blobs took. */
export const removeBlobs: ClusterPhase = {
  id: "remove-blobs",
  title: "Remove staged content",
  hosts: everyHost,
  needs: [
    { phase: "install-kubelet", on: "here" },
    { phase: "install-cni", on: "here" },
    { phase: "import-node-images", on: "here" },
  ],
  wish: () => [
    {
      kind: "command",
      name: "remove staged content",
      check: `[ -z "$(ls -A ${stateDirectory}/blobs/sha256 2>/dev/null)" ]`,
      apply: `rm -rf ${stateDirectory}/blobs/sha256 ${stateDirectory}/blobs/.import`,
    },
  ],
};
