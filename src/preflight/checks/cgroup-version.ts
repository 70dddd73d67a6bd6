import type { Check } from "../check.ts";
import { isNode, usedOn } from "../roles.ts";

/** From this minor version on, a kubelet refuses to start on cgroup v1 unless told otherwise. */
const refusesSince = 35;

const minorOf = (version: string): number => Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? refusesSince);

export const cgroupVersion: Check = {
  id: "cgroup-version",
  aliases: ["SystemVerification"],
  question: "Does the host use cgroup v2?",
  severity: "error",
  appliesTo: isNode,
  ask: (context) => {
    const { kubernetes } = context.cluster;
    if (context.facts.cgroups.version !== 1) return undefined;
    const version = usedOn(context).kubelet?.version ?? kubernetes.version;
    const accepted = kubernetes.kubelet["failCgroupV1"] === false || minorOf(version) < refusesSince;
    if (accepted) {
      return {
        severity: "warning",
        problem: "the host uses cgroup v1, which Kubernetes will drop",
        remedy: "plan for cgroup v2: boot with systemd.unified_cgroup_hierarchy=1",
      };
    }
    return {
      problem: `the host uses cgroup v1: the kubelet of ${version} refuses to start`,
      remedy: 'boot with systemd.unified_cgroup_hierarchy=1, or set "failCgroupV1: false" in spec.kubernetes.kubelet',
    };
  },
};
