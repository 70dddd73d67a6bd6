import type { KubeObject } from "../../changes/change.ts";
import { deltasOf } from "../../config/versions.ts";
import { commandLine, type Flags, lastValue } from "../args.ts";
import { kubernetesDirectory } from "../paths.ts";
import type { StaticPodInput } from "./input.ts";
import { componentPod } from "./pod.ts";
import { probeHost } from "./probes.ts";
import { readOnlyFile } from "./volumes.ts";

const kubeconfig = `${kubernetesDirectory}/scheduler.conf`;
const loopback = "127.0.0.1";

const defaultFlags: Flags = {
  "authentication-kubeconfig": kubeconfig,
  "authorization-kubeconfig": kubeconfig,
  "bind-address": loopback,
  kubeconfig,
  "leader-elect": "true",
};

/** The scheduler of one node. */
export const kubeSchedulerPod = ({ cluster, image, startup }: StaticPodInput): KubeObject => {
  const { scheduler, version } = cluster.kubernetes;
  return componentPod({
    name: "kube-scheduler",
    image,
    startup,
    extras: scheduler,
    variables: cluster.proxyVariables,
    flags: commandLine(defaultFlags, scheduler.extraArgs, deltasOf(version)),
    requests: { cpu: "100m" },
    volumes: [readOnlyFile("kubeconfig", kubeconfig)],
    probe: { scheme: "HTTPS", host: probeHost(lastValue(scheduler.extraArgs, "bind-address") ?? loopback), port: 10259 },
    probePaths: { liveness: "/livez", readiness: "/readyz", startup: "/livez" },
  });
};
