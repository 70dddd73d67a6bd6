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

/** kubeadm gives a component of the control plane four minutes, in periods of ten seconds. */
const startupFailures = 24;

/** A component that listens everywhere is asked at the pod's own address. */
export const probeHost = (bindAddress: string): string => (bindAddress === "0.0.0.0" || bindAddress === "::" ? "" : bindAddress);

/** The probes of a container and the port which they name. */
export const probes = ({ scheme, host, port }: ProbeTarget, paths: ProbePaths): Readonly<Record<string, unknown>> => {
  const httpGet = (path: string): unknown => ({ ...(host === "" ? {} : { host }), path, port: portName, scheme });
  const slow = { initialDelaySeconds: 10, timeoutSeconds: 15, periodSeconds: 10 };
  return {
    ports: [{ name: portName, containerPort: port, protocol: "TCP" }],
    livenessProbe: { ...slow, failureThreshold: 8, httpGet: httpGet(paths.liveness) },
    ...(paths.readiness === undefined
      ? {}
      : { readinessProbe: { timeoutSeconds: 15, periodSeconds: 1, failureThreshold: 3, httpGet: httpGet(paths.readiness) } }),
    startupProbe: { ...slow, failureThreshold: startupFailures, httpGet: httpGet(paths.startup) },
  };
};
