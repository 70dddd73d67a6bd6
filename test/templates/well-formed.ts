import type { KubeObject } from "../../src/changes/change.ts";
import { plain } from "./plain.ts";
import { type Container, containersOf, type PodSpec, podSpecOf } from "./pods.ts";

const holes = (value: unknown, path: string): readonly string[] => {
  if (value === null || value === undefined) return [`${path} says nothing`];
  return typeof value === "object" ? Object.entries(value).flatMap(([key, field]) => holes(field, `${path}.${key}`)) : [];
};

const twice = (values: readonly string[]): readonly string[] =>
  values.filter((value, index) => values.indexOf(value) !== index).map((value) => `${value} is there twice`);

const faultsOfProbe = ({ livenessProbe, readinessProbe, startupProbe, ports = [] }: Container): readonly string[] => {
  const known = new Set(ports.flatMap(({ name, containerPort }) => [name, containerPort]));
  const asked = [livenessProbe, readinessProbe, startupProbe].flatMap((probe) => probe?.httpGet.port ?? []);
  return asked.filter((port) => !known.has(port)).map((port) => `a probe asks port ${port}, which the container does not name`);
};

const faultsOfContainer = (container: Container, { volumes }: PodSpec): readonly string[] => {
  const { volumeMounts, ports = [], env = [], image } = container;
  const known = new Set(volumes.map(({ name }) => name));
  return [
    ...volumeMounts.filter(({ name }) => !known.has(name)).map(({ name }) => `there is no volume ${name}`),
    ...twice(volumeMounts.map(({ mountPath }) => mountPath)),
    ...twice(ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)),
    ...twice(env.map(({ name }) => name)),
    ...ports.filter(({ protocol }) => protocol !== "TCP" && protocol !== "UDP").map(({ name }) => `port ${name} has no protocol`),
    ...faultsOfProbe(container),
    ...(/:[^:/]+$/.test(image) ? [] : [`${image} has no tag`]),
  ];
};

const faultsOfWorkload = (object: KubeObject): readonly string[] => {
  const pod = podSpecOf(object);
  const containers = containersOf(object);
  const mounted = new Set(containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
  const { selector, template } = plain<{
    selector: { matchLabels: Record<string, string> };
    template: { metadata: { labels: Record<string, string> } };
  }>(object["spec"]);
  const types = new Set([undefined, "DirectoryOrCreate", "FileOrCreate"]);
  return [
    ...twice(pod.volumes.map(({ name }) => name)),
    ...pod.volumes.filter(({ name }) => !mounted.has(name)).map(({ name }) => `volume ${name} is not mounted`),
    ...pod.volumes.filter(({ hostPath }) => !types.has(hostPath?.type)).map(({ name }) => `volume ${name} has an unknown type`),
    ...containers.flatMap((container) => faultsOfContainer(container, pod)),
    ...Object.entries(selector.matchLabels)
      .filter(([key, value]) => template.metadata.labels[key] !== value)
      .map(([key]) => `the pods lack the selected label ${key}`),
  ];
};

const faultsOfService = (object: KubeObject): readonly string[] =>
  plain<{ ports: readonly { port: number; protocol?: string }[] }>(object["spec"])
    .ports.filter(({ protocol }) => protocol === undefined)
    .map(({ port }) => `port ${port} has no protocol`);

/** What the API server would refuse, or server-side apply would merge wrongly. */
export const faultsOf = (object: KubeObject): readonly string[] => [
  ...holes(object, object.kind),
  ...(/^(?:v1|[a-z0-9.]+\/v1)$/.test(object.apiVersion) ? [] : [`${object.apiVersion} is no stable version`]),
  ...(["Deployment", "DaemonSet"].includes(object.kind) ? faultsOfWorkload(object) : []),
  ...(object.kind === "Service" ? faultsOfService(object) : []),
];
