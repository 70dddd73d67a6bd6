import type { Cluster } from "../../config/types.ts";
import { mergeDeep } from "../merge.ts";
import { runtimeEndpoint } from "../paths.ts";
import { toYaml } from "../yaml.ts";
import { toToml } from "./toml.ts";

/** Where the CNI plugins lie. */
export const cniBinDirectory = "/opt/cni/bin";
/** Where a pod network leaves its configuration. */
export const cniConfigDirectory = "/etc/cni/net.d";
/** One folder per registry, each with its hosts.toml. */
export const registryDirectory = "/etc/containerd/certs.d";

const defaults = (sandboxImage: string): Readonly<Record<string, unknown>> => ({
  plugins: {
    // The sandbox image is pinned: without it no pod starts, so the kubelet must not collect it.
    "io.containerd.cri.v1.images": { pinned_images: { sandbox: sandboxImage }, registry: { config_path: registryDirectory } },
    "io.containerd.cri.v1.runtime": {
      cni: { bin_dirs: [cniBinDirectory], conf_dir: cniConfigDirectory },
      // The kubelet follows: it asks the runtime for its cgroup driver.
      containerd: { runtimes: { runc: { runtime_type: "io.containerd.runc.v2", options: { SystemdCgroup: true } } } },
    },
  },
});

/** /etc/containerd/config.toml for containerd 2.0 to 2.2, with the user's `runtime.config` laid over it. */
export const containerdConfigFile = ({ runtime }: Pick<Cluster, "runtime">, { sandboxImage }: { readonly sandboxImage: string }) => ({
  path: "/etc/containerd/config.toml",
  mode: 0o644,
  content: toToml({ ...mergeDeep(defaults(sandboxImage), runtime.config), version: 3 }),
});

/** /etc/crictl.yaml, so that crictl asks the right runtime without being told. */
export const crictlConfigFile = ({ runtime }: Pick<Cluster, "runtime">) => {
  const endpoint = runtimeEndpoint(runtime);
  return {
    path: "/etc/crictl.yaml",
    mode: 0o644,
    content: toYaml({ "image-endpoint": endpoint, "runtime-endpoint": endpoint, timeout: 10 }),
  };
};
