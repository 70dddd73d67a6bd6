import { isActive } from "../../facts/systemd.ts";
import { type Check, everyHost } from "../check.ts";
import { listed } from "../words.ts";

const services: Readonly<Record<string, readonly string[]>> = {
  k3s: ["k3s", "k3s-agent"],
  rke2: ["rke2-server", "rke2-agent"],
  k0s: ["k0scontroller", "k0sworker"],
  microk8s: ["snap.microk8s.daemon-kubelite"],
};

const removal: Readonly<Record<string, string>> = {
  k3s: "k3s-uninstall.sh (k3s-agent-uninstall.sh on workers)",
  rke2: "rke2-uninstall.sh",
  k0s: "k0s stop, then k0s reset",
  microk8s: "snap remove --purge microk8s",
};

export const otherDistribution: Check = {
  id: "other-distribution",
  question: "Is the host free of other distributions of Kubernetes?",
  severity: "error",
  appliesTo: everyHost,
  ask: ({ facts: { kubernetes, systemd } }) => {
    const running = Object.keys(services).filter((name) => services[name]?.some((unit) => isActive(systemd, unit)));
    const found = [...new Set([...running, ...kubernetes.distributions])];
    if (found.length === 0) return undefined;
    return {
      problem: running.length > 0 ? `${listed(running)} runs here` : `${listed(found)} has left data here`,
      remedy: `take it away: ${found.map((name) => removal[name] ?? name).join("; ")}`,
      // Data alone disturbs nothing; a second kubelet does.
      severity: running.length > 0 ? "error" : "warning",
    };
  },
};
