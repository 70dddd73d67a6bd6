import type { KubeObject } from "../../src/changes/change.ts";
import { plain } from "./plain.ts";

interface Probe {
  readonly httpGet: { readonly port: string | number };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly lifecycle?: { readonly postStart: { readonly exec: { readonly command: readonly string[] } } };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly serviceAccountName?: string;
  readonly volumes: readonly {
    readonly name: string;
    readonly hostPath?: { readonly path: string; readonly type?: string };
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
  }[];
}

/** The pod's specification of a Pod, Deployment or DaemonSet. */
export const podSpecOf = (object: KubeObject): PodSpec => {
  const spec = plain<PodSpec & { readonly template?: { readonly spec: PodSpec } }>(object["spec"]);
  return spec.template?.spec ?? spec;
};

export const containersOf = (object: KubeObject): readonly Container[] => {
  const { containers, initContainers = [] } = podSpecOf(object);
  return [...containers, ...initContainers];
};
