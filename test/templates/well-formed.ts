import { expect } from "vitest";
import type { KubeObject } from "../../src/changes/change.ts";
import { type Container, containersOf, type PodSpec, podSpecOf } from "./pods.ts";

const checkNoHoles = (value: unknown, path: string): void => {
  expect(value, `${path} says nothing`).not.toBeNull();
  expect(value, `${path} says nothing`).toBeDefined();
  if (typeof value === "object" && value !== null) for (const [key, field] of Object.entries(value)) checkNoHoles(field, `${path}.${key}`);
};

const unique = (values: readonly string[], what: string): void => {
  expect(new Set(values).size, `${what} twice: ${values.join(", ")}`).toBe(values.length);
};

const checkContainer = ({ ports = [], ...container }: Container, { volumes }: PodSpec): void => {
  const names = volumes.map(({ name }) => name);
  for (const mount of container.volumeMounts) expect(names).toContain(mount.name);
  unique(
    container.volumeMounts.map(({ mountPath }) => mountPath),
    "a mount path",
  );
  unique(
    ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`),
    "a port",
  );
  for (const { protocol } of ports) expect(["TCP", "UDP"]).toContain(protocol);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe === undefined) continue;
    const { port } = probe.httpGet;
    expect(ports.map((named) => (typeof port === "string" ? named.name : named.containerPort))).toContain(port);
  }
  expect(container.image).toMatch(/:[^:/]+$/);
};

const checkWorkload = (object: KubeObject): void => {
  const pod = podSpecOf(object);
  unique(
    pod.volumes.map(({ name }) => name),
    "a volume",
  );
  const mounted = new Set(containersOf(object).flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
  for (const { name, hostPath } of pod.volumes) {
    expect(mounted, `volume ${name} is not mounted`).toContain(name);
    // A path without a type is one that the host has, or that need not be there.
    if (hostPath?.type === undefined) continue;
    expect(["DirectoryOrCreate", "FileOrCreate"]).toContain(hostPath.type);
  }
  for (const container of containersOf(object)) checkContainer(container, pod);
  const spec = object["spec"] as { selector: { matchLabels: object }; template: { metadata: { labels: object } } };
  expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
};

/** What the API server would refuse, or server-side apply would merge wrongly. */
export const checkWellFormed = (object: KubeObject): void => {
  checkNoHoles(object, object.kind);
  expect(object.apiVersion).toMatch(/^(?:v1|[a-z0-9.]+\/v1)$/);
  if (["Deployment", "DaemonSet"].includes(object.kind)) checkWorkload(object);
  if (object.kind === "Service")
    for (const port of (object["spec"] as { ports: readonly { protocol?: string }[] }).ports) expect(port.protocol).toBeDefined();
};
