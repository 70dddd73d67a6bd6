import type { KubeObject } from "../../changes/change.ts";
import type { ComponentExtras, Variable } from "../../config/types.ts";
import { type ProbePaths, type ProbeTarget, probes, type StartupTiming } from "./probes.ts";
import { byName, type HostPath, withExtraVolumes } from "./volumes.ts";

export interface Component {
  readonly name: string;
  readonly image: string;
  readonly flags: readonly string[];
  readonly requests: Readonly<Record<string, string>>;
  /** In the order of their mounts. */
  readonly volumes: readonly HostPath[];
  readonly probe: ProbeTarget;
  readonly probePaths: ProbePaths;
  /** kubeadm's when not told. */
  readonly startup?: StartupTiming | undefined;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly extras: ComponentExtras;
  /** Before those among the extras, which win. */
  readonly variables?: readonly Variable[] | undefined;
}

/** A value that is empty is left out, as in Go. */
export const writtenVariable = ({ value, ...variable }: Variable): Variable => ({ ...variable, ...(value && { value }) });

/** The last of a name counts, and kubeadm sorts them. */
const environment = ({ extraEnvs = [] }: ComponentExtras, variables: readonly Variable[] = []): Readonly<Record<string, unknown>> => {
  const all = new Map([...variables, ...extraEnvs].map((variable) => [variable.name, writtenVariable(variable)]));
  return all.size === 0 ? {} : { env: byName([...all.values()]) };
};

const container = ({ name, image, flags, requests, volumes, probe, probePaths, startup, extras, variables }: Component): unknown => ({
  name,
  image,
  imagePullPolicy: "IfNotPresent",
  command: [name, ...flags],
  ...environment(extras, variables),
  resources: { requests },
  ...probes(probe, probePaths, startup),
  volumeMounts: withExtraVolumes(volumes, extras).map(({ name: volume, path, mountPath = path, readOnly }) => ({
    name: volume,
    mountPath,
    ...(readOnly ? { readOnly } : {}),
  })),
});

/** The pod that kubeadm makes of a component: in the host's network, never evicted, with the runtime's default seccomp profile. */
export const componentPod = (component: Component): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: component.name,
    namespace: "kube-system",
    labels: { component: component.name, tier: "control-plane" },
    ...(component.annotations === undefined ? {} : { annotations: component.annotations }),
  },
  spec: {
    containers: [container(component)],
    hostNetwork: true,
    // What the class stands for: a static pod is not defaulted by the API server.
    priority: 2_000_001_000,
    priorityClassName: "system-node-critical",
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    volumes: byName(withExtraVolumes(component.volumes, component.extras)).map(({ name, path, type }) => ({
      name,
      hostPath: { path, type },
    })),
  },
});
