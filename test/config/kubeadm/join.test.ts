import { describe, expect, test } from "vitest";
import { joinOfKubeadm, readKubeadmText } from "../../../src/config/kubeadm/index.ts";
import { kubeadmSchemas } from "../../../src/config/kubeadm/schema-kubeadm.ts";
import { ConfigError } from "../../../src/config/problems.ts";
import type { SchemaNode } from "../../../src/config/schema-node.ts";
import { join as document, init } from "./bad-files.ts";

const token = "abcdef.0123456789abcdef";
const hash = `sha256:${"ab".repeat(32)}`;
const discovery = `discovery: { bootstrapToken: { token: ${token}, apiServerEndpoint: "10.0.0.11:6443", caCertHashes: ["${hash}"] } }`;

const read = (...documents: string[]) =>
  joinOfKubeadm(readKubeadmText({ name: "join.yaml", text: documents.join("---\n"), openToOthers: false }));

const told = (...documents: string[]): string[] => {
  try {
    read(...documents);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
};

describe("kubeadm's file of a join", () => {
  test("says how the cluster is found, and what becomes of the machine", () => {
    const { run, warnings } = read(document(`${discovery}\nnodeRegistration: { name: w1, taints: [{ key: a, effect: NoSchedule }] }`));
    expect(warnings).toEqual([]);
    expect(run).toEqual({
      discovery: { bootstrapToken: { token, apiServerEndpoint: "10.0.0.11:6443", caCertHashes: [hash] } },
      nodeName: "w1",
      taints: [{ key: "a", effect: "NoSchedule" }],
      ignorePreflightErrors: [],
      skipPhases: [],
      dryRun: false,
      kubeletExtraArgs: [],
    });
  });

  test("makes a control plane where it has a document part for one, empty or not", () => {
    expect(read(document(`${discovery}\ncontrolPlane: {}`)).run.controlPlane).toEqual({});
    const key = "5e".repeat(32);
    const whole = `controlPlane: { certificateKey: ${key}, localAPIEndpoint: { advertiseAddress: 10.0.0.12, bindPort: 7443 } }`;
    expect(read(document(`${discovery}\n${whole}`)).run.controlPlane).toEqual({
      certificateKey: key,
      advertiseAddress: "10.0.0.12",
      bindPort: 7443,
    });
  });

  test("without a JoinConfiguration is refused, and documents for other commands are told", () => {
    expect(told(init(""))).toEqual([expect.stringContaining("holds no JoinConfiguration")]);
    expect(read(document(discovery), init("")).warnings.map(({ path }) => path)).toEqual(["InitConfiguration.kind"]);
  });

  test("names what there is no room for", () => {
    const words = "nodeRegistration: { imagePullSerial: false, imagePullPolicy: Always }\ncaCertPath: /a.crt\ntimeouts: { discovery: 7m }";
    expect(told(document(`${discovery}\n${words}`)).toSorted()).toEqual([
      expect.stringContaining("JoinConfiguration.caCertPath: "),
      expect.stringContaining("JoinConfiguration.nodeRegistration.imagePullPolicy: "),
      expect.stringContaining("JoinConfiguration.nodeRegistration.imagePullSerial: "),
      expect.stringContaining("JoinConfiguration.timeouts.discovery: "),
    ]);
  });
});

/** The body in which one field, named by its path, is written and differs from its default; beside the discovery unless it is one. */
const samples: Readonly<Record<string, string>> = {
  "nodeRegistration.name": "nodeRegistration: { name: other }",
  "nodeRegistration.criSocket": "nodeRegistration: { criSocket: unix:///run/crio/crio.sock }",
  "nodeRegistration.taints[].key": "nodeRegistration: { taints: [{ key: b, effect: NoSchedule }] }",
  "nodeRegistration.taints[].value": "nodeRegistration: { taints: [{ key: a, value: b, effect: NoSchedule }] }",
  "nodeRegistration.taints[].effect": "nodeRegistration: { taints: [{ key: a, effect: NoExecute }] }",
  "nodeRegistration.taints[].timeAdded":
    'nodeRegistration: { taints: [{ key: a, effect: NoSchedule, timeAdded: "2026-01-01T00:00:00Z" }] }',
  "nodeRegistration.kubeletExtraArgs[].name": 'nodeRegistration: { kubeletExtraArgs: [{ name: v, value: "4" }] }',
  "nodeRegistration.kubeletExtraArgs[].value": 'nodeRegistration: { kubeletExtraArgs: [{ name: v, value: "4" }] }',
  "nodeRegistration.ignorePreflightErrors[]": "nodeRegistration: { ignorePreflightErrors: [Swap] }",
  "nodeRegistration.imagePullPolicy": "nodeRegistration: { imagePullPolicy: Always }",
  "nodeRegistration.imagePullSerial": "nodeRegistration: { imagePullSerial: false }",
  "skipPhases[]": "skipPhases: [preflight]",
  "patches.directory": "patches: { directory: /p }",
  dryRun: "dryRun: true",
  "timeouts.controlPlaneComponentHealthCheck": "timeouts: { controlPlaneComponentHealthCheck: 7m }",
  "timeouts.kubeletHealthCheck": "timeouts: { kubeletHealthCheck: 7m }",
  "timeouts.kubernetesAPICall": "timeouts: { kubernetesAPICall: 7m }",
  "timeouts.etcdAPICall": "timeouts: { etcdAPICall: 7m }",
  "timeouts.tlsBootstrap": "timeouts: { tlsBootstrap: 7m }",
  "timeouts.discovery": "timeouts: { discovery: 7m }",
  "timeouts.upgradeManifests": "timeouts: { upgradeManifests: 7m }",
  caCertPath: "caCertPath: /etc/ca.crt",
  "discovery.bootstrapToken.token": discovery.replace(token, "fedcba.0123456789abcdef"),
  "discovery.bootstrapToken.apiServerEndpoint": discovery.replace("10.0.0.11", "10.0.0.12"),
  "discovery.bootstrapToken.caCertHashes[]": discovery.replace(hash, `sha256:${"cd".repeat(32)}`),
  "discovery.bootstrapToken.unsafeSkipCAVerification": discovery.replace("} }", ", unsafeSkipCAVerification: true } }"),
  "discovery.file.kubeConfigPath": "discovery: { file: { kubeConfigPath: /a.conf } }",
  "discovery.tlsBootstrapToken": discovery.replace("} }", "}, tlsBootstrapToken: fedcba.0123456789abcdef }"),
  "controlPlane.localAPIEndpoint.advertiseAddress": "controlPlane: { localAPIEndpoint: { advertiseAddress: 10.0.0.12 } }",
  "controlPlane.localAPIEndpoint.bindPort": "controlPlane: { localAPIEndpoint: { bindPort: 7443 } }",
  "controlPlane.certificateKey": `controlPlane: { certificateKey: ${"5e".repeat(32)} }`,
};

const leaves = (node: SchemaNode, path: string): string[] => {
  if (node.items !== undefined) return leaves(node.items, `${path}[]`);
  const named = Object.entries(node.properties ?? {}).flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`));
  return named.length > 0 ? named : [path];
};

const outcomeOf = (body: string): string => {
  try {
    return JSON.stringify(read(document(body)));
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

describe("nothing of it is dropped in silence", () => {
  test("every field of the format has a sample", () => {
    const schema = kubeadmSchemas("v1beta4")["JoinConfiguration"];
    const own = (schema === undefined ? [] : leaves(schema, "")).filter((field) => field !== "kind" && field !== "apiVersion");
    expect(Object.keys(samples).toSorted()).toEqual(own.toSorted());
  });

  test.each(Object.entries(samples))("%s changes the join, or is named", (field, body) => {
    const whole = field.startsWith("discovery") ? body : `${discovery}\n${body}`;
    expect(outcomeOf(whole)).not.toBe(outcomeOf(discovery));
  });
});
