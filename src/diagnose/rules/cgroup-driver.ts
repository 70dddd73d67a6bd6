import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups|cgroup driver.*(?:different|mismatch)|misconfiguration: kubelet cgroup driver/i;

/** A kubelet from 1.34 on follows the runtime's word, so the difference alone is no proof; the refusal of containers is. */
export const cgroupDriver: Rule = {
  id: "cgroup-driver",
  question: "Do kubelet and container runtime use different cgroup drivers?",
  find: onEachMember((on) => {
    const said = [...seenIn(on.kubeletLog, signs, on), ...seenIn(on.containerdLog, signs, on)];
    const { kubeletCgroupDriver: kubelet, systemdCgroup } = on.runtime;
    const differs = kubelet !== undefined && systemdCgroup !== undefined && (kubelet === "systemd") !== systemdCgroup;
    if (said.length === 0) return undefined;
    return {
      cause: differs
        ? `the kubelet uses the cgroup driver ${kubelet}, containerd ${systemdCgroup ? "systemd" : "cgroupfs"}: no container starts`
        : "kubelet and containerd do not agree on the cgroup driver: no container starts",
      remedy:
        "set cgroupDriver: systemd in spec.kubernetes.kubelet and SystemdCgroup: true in spec.runtime.config, or leave both out, and run the create again",
      certainty: differs ? "certain" : "likely",
      seen: few(said),
    };
  }),
};
