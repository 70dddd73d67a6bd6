import type { KubeObject } from "../../changes/change.ts";

type Labels = Readonly<Record<string, string>>;

/** Where an object stands. */
export interface Place {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

export const serviceAccountObject = (metadata: Place): KubeObject => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { ...metadata },
});

export const configMap = (metadata: Place, data: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { ...metadata },
  data,
});

interface Workload {
  readonly metadata: Place;
  /** The selector. */
  readonly selector: Labels;
  /** The labels of its pods; by default those of the selector. */
  readonly podLabels?: Labels;
  readonly podAnnotations?: Labels;
  readonly podSpec: unknown;
}

const specOf = ({ selector, podLabels, podAnnotations, podSpec }: Workload): Readonly<Record<string, unknown>> => {
  const annotated = podAnnotations === undefined ? {} : { annotations: podAnnotations };
  return {
    selector: { matchLabels: selector },
    template: { metadata: { labels: podLabels ?? selector, ...annotated }, spec: podSpec },
  };
};

export const daemonSet = (workload: Workload): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { ...workload.metadata },
  spec: { ...specOf(workload), updateStrategy: { type: "RollingUpdate" } },
});

export const deployment = (workload: Workload & { readonly replicas: number; readonly strategy?: unknown }): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { ...workload.metadata },
  spec: { ...specOf(workload), replicas: workload.replicas, ...(workload.strategy === undefined ? {} : { strategy: workload.strategy }) },
});

/** An environment variable that holds a field of the pod. */
export const fromField = (name: string, fieldPath: string): unknown => ({ name, valueFrom: { fieldRef: { fieldPath } } });
