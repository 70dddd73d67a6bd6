/** Where a component answers when asked for its health. */
export interface ProbeTarget {
  readonly scheme: "HTTP" | "HTTPS";
  /** Empty for the pod's own address. */
  readonly host: string;
  readonly port: number;
}

export interface ProbePaths {
  readonly liveness: string;
  readonly readiness?: string;
  readonly startup: string;
}

const portName = "probe-port";

/** When a component that starts is asked whether it has, in seconds. */
export interface StartupTiming {
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds: number;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

/** kubeadm's periods, for a component that starts and for one that runs. */
const slow = { initialDelaySeconds: 10, timeoutSeconds: 15, periodSeconds: 10 };

/** kubeadm gives a component of the control plane four minutes, in periods of ten seconds. */
const kubeadmStartup: StartupTiming = { ...slow, failureThreshold: 24 };

/**
 * The same patience, asked each second: with kubeadm's timing the kubelet, which draws the first moment of a period, calls a component ready 10
 * to 20 s after its start, at every restart.
 */
export const promptStartup: StartupTiming = { timeoutSeconds: 15, periodSeconds: 1, failureThreshold: 240 };

/**
 * For those that start before there is an API: the kubelet shows a static pod in it when something happens to the pod, and else in its round of 60
 * to 90 s only. So kubeadm's delay stays, and what happens is that the pod becomes ready.
 */
export const delayedStartup: StartupTiming = { ...promptStartup, initialDelaySeconds: 10, failureThreshold: 230 };

/** A component that listens everywhere is asked at the pod's own address. */
export const probeHost = (bindAddress: string): string => (bindAddress === "0.0.0.0" || bindAddress === "::" ? "" : bindAddress);

/** The probes of a container and the port which they name. */
export const probes = (
  { scheme, host, port }: ProbeTarget,
  paths: ProbePaths,
  startup = kubeadmStartup,
): Readonly<Record<string, unknown>> => {
  const httpGet = (path: string): unknown => ({ ...(host === "" ? {} : { host }), path, port: portName, scheme });
  return {
    ports: [{ name: portName, containerPort: port, protocol: "TCP" }],
    livenessProbe: { ...slow, failureThreshold: 8, httpGet: httpGet(paths.liveness) },
    ...(paths.readiness === undefined
      ? {}
      : { readinessProbe: { timeoutSeconds: 15, periodSeconds: 1, failureThreshold: 3, httpGet: httpGet(paths.readiness) } }),
    startupProbe: { ...startup, httpGet: httpGet(paths.startup) },
  };
};
