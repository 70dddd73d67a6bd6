import type { Check } from "../check.ts";
import { isNode, isOurs } from "../roles.ts";
import { needsByFilesystem } from "../space.ts";
import { bytes } from "../words.ts";

/** The kubelet's defaults: it evicts pods below 10 % on its own filesystem and 15 % on that of images. */
const limits = { "/var/lib/kubelet": 0.1, "/var/lib/containerd": 0.15 } as const;

export const diskPressure: Check = {
  id: "disk-pressure",
  question: "Will the kubelet find enough free space not to evict pods at once?",
  severity: "warning",
  appliesTo: (context) => isNode(context) && context.cluster.kubernetes.kubelet["evictionHard"] === undefined,
  ask: (context) => {
    const full = (["/var/lib/kubelet", "/var/lib/containerd"] as const).flatMap((path) => {
      const need = needsByFilesystem(context).find(({ paths }) => paths.includes(path));
      if (need === undefined) return [];
      const left = need.disk.free - (isOurs(context) ? 0 : need.needs);
      return left < need.disk.total * limits[path] ? [{ path, left: Math.max(left, 0), ...need }] : [];
    });
    const [worst] = full;
    if (worst === undefined) return undefined;
    return {
      problem: `less than ${full.map(({ path }) => `${limits[path] * 100} % of the filesystem of ${path}`).join(" and ")} will be free: the kubelet will evict pods`,
      evidence: `${worst.disk.mountPoint}: ${bytes(worst.disk.total)}, ${bytes(worst.disk.free)} free now, about ${bytes(worst.left)} when the node is made`,
      remedy: "make room, or set evictionHard in spec.kubernetes.kubelet",
    };
  },
};
