import { fact } from "../../facts/fact.ts";
import { lines, sections } from "../../facts/text.ts";

export interface RuntimeEvidence {
  /** Names of images in the namespace of Kubernetes; undefined when the runtime did not say. */
  readonly images: readonly string[] | undefined;
  /** As the kubelet's configuration has it; undefined where that says nothing. */
  readonly kubeletCgroupDriver: string | undefined;
  /** Whether containerd's configuration has runc use systemd for cgroups; undefined where it says nothing. */
  readonly systemdCgroup: boolean | undefined;
  /** Names of the manifests of static pods. */
  readonly manifests: readonly string[];
  /** Whether the worker's bootstrap kubeconfig, and its final one, are there. */
  readonly hasBootstrapConf: boolean;
  readonly hasKubeletConf: boolean;
}

/** containerd's configuration may hold log-ins for registries: one line of it is asked for. */
export const runtime = fact(
  "runtime",
  `
echo '@@ images'
timeout 8 ctr -n k8s.io images ls -q | grep -v '^sha256:' && echo known
echo '@@ drivers'
grep -E '^ *cgroupDriver:' /var/lib/kubelet/config.yaml
grep -E '^ *SystemdCgroup *=' /etc/containerd/config.toml
echo '@@ manifests'
for path in /etc/kubernetes/manifests/*.yaml; do [ -f "$path" ] && echo "\${path##*/}"; done
echo '@@ confs'
for path in /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/kubelet.conf; do [ -f "$path" ] && echo "\${path##*/}"; done`,
  (output): RuntimeEvidence => {
    const parts = sections(output);
    const part = (name: string): readonly string[] => lines(parts.get(name) ?? "");
    const images = part("images");
    const drivers = parts.get("drivers") ?? "";
    const systemdCgroup = /SystemdCgroup *= *(true|false)/.exec(drivers)?.[1];
    return {
      images: images.includes("known") ? images.filter((name) => name !== "known") : undefined,
      kubeletCgroupDriver: /cgroupDriver: *"?(\w+)/.exec(drivers)?.[1],
      systemdCgroup: systemdCgroup === undefined ? undefined : systemdCgroup === "true",
      manifests: part("manifests").map((name) => name.replace(/\.yaml$/, "")),
      hasBootstrapConf: part("confs").includes("bootstrap-kubelet.conf"),
      hasKubeletConf: part("confs").includes("kubelet.conf"),
    };
  },
  { secret: true },
);
