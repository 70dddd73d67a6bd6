import { parseGoDuration } from "../../shared/go-duration.ts";
import { isMap } from "../../shared/is-map.ts";
import { defaults } from "../defaults.ts";
import { formatPath } from "../problems.ts";
import type { Path } from "../schema.ts";
import type { Documents, TimeoutName, Timeouts } from "./file-types.ts";
import type { KubeadmFinding } from "./rules/rule.ts";
import { timeoutDefaults } from "./static-defaults.ts";
import { valueAt } from "./written.ts";

/** Whether something was asked for: nothing, an empty text or list, and what is so anyway are no wish. */
export const isWish = (value: unknown, byDefault: unknown): boolean => {
  if (value === undefined || value === "" || value === byDefault) return false;
  return Array.isArray(value) ? value.length > 0 : isMap(value) ? Object.keys(value).length > 0 : true;
};

/** Fields that no `Cluster` has room for, with what holds where they are not written. Whoever builds one deletes its row, or says that it is handled. */
const rows = {
  "InitConfiguration.bootstrapTokens": undefined,
  "InitConfiguration.certificateKey": undefined,
  "InitConfiguration.skipPhases": undefined,
  "InitConfiguration.patches.directory": undefined,
  "InitConfiguration.dryRun": false,
  "InitConfiguration.timeouts": undefined,
  "InitConfiguration.nodeRegistration.ignorePreflightErrors": undefined,
  "InitConfiguration.nodeRegistration.imagePullPolicy": "IfNotPresent",
  "ClusterConfiguration.etcd.external.httpEndpoints": undefined,
} as const;

/** A field that whoever calls the translation may do by itself, from `InitRun` or from the documents. */
export type Handled = keyof typeof rows;

const fieldsOf = (field: string): { kind: "InitConfiguration" | "ClusterConfiguration"; path: string[] } => {
  const [kind = "", ...path] = field.split(".");
  return { kind: kind === "InitConfiguration" ? kind : "ClusterConfiguration", path };
};

/** A field that kbs has no room for. */
export const notYet = (kind: KubeadmFinding["kind"], path: Path, hint?: string): KubeadmFinding => ({
  kind,
  path,
  at: "key",
  message: `${formatPath(path)} is not supported yet by this version of kbs`,
  hint: hint ?? "leave it out",
});

const isTimeout = (name: string): name is TimeoutName => Object.hasOwn(timeoutDefaults, name);

/** Timeouts of a document that differ from kubeadm's. */
export const timeoutsOf = (kind: KubeadmFinding["kind"], timeouts: Timeouts = {}): KubeadmFinding[] =>
  Object.entries(timeouts).flatMap(([name, text]) =>
    isTimeout(name) && text !== "" && parseGoDuration(text) !== parseGoDuration(timeoutDefaults[name])
      ? [notYet(kind, ["timeouts", name])]
      : [],
  );

/** Gates that are not as they are by default. What PublicKeysECDSA asks for, kbs does; those that no kubeadm has any more are told by a rule. */
export const unsupportedGates = ({ ClusterConfiguration: cluster }: Documents): KubeadmFinding[] =>
  Object.entries(cluster?.featureGates ?? {}).flatMap(([name, on]) =>
    name === "PublicKeysECDSA" || on === (name !== "RootlessControlPlane") ? [] : [notYet("ClusterConfiguration", ["featureGates", name])],
  );

const httpEndpoints = ({ ClusterConfiguration: cluster }: Documents): boolean => {
  const { endpoints, httpEndpoints: plain } = cluster?.etcd?.external ?? {};
  return JSON.stringify(endpoints) === JSON.stringify(plain);
};

/** The API server sets the time of a taint where none is written. */
const taintTimes = ({ InitConfiguration: init }: Documents): KubeadmFinding[] =>
  (init?.nodeRegistration?.taints ?? []).flatMap(({ timeAdded = "" }, index) =>
    timeAdded === "" ? [] : [notYet("InitConfiguration", ["nodeRegistration", "taints", index, "timeAdded"])],
  );

/** Of its time limits init keeps that of the control plane; those of joins and upgrades are nothing to it, as with kubeadm. */
const ofInit = ({ kubeletHealthCheck = "", kubernetesAPICall = "" }: Timeouts = {}): Timeouts => ({
  kubeletHealthCheck,
  kubernetesAPICall,
});

/** What kubeadm would do and kbs cannot do yet, each by its field. */
export const unsupported = (documents: Documents, handled: readonly Handled[]): KubeadmFinding[] => {
  const done = new Set<string>(handled);
  const found = Object.entries(rows).flatMap(([field, byDefault]) => {
    const { kind, path } = fieldsOf(field);
    if (done.has(field) || field.endsWith(".timeouts")) return [];
    // kbs pulls nothing: neither one after the other, nor where nothing is to be pulled.
    if (field.endsWith(".imagePullPolicy") && valueAt(documents[kind], path) === "Never") return [];
    if (field.endsWith(".httpEndpoints") && httpEndpoints(documents)) return [];
    return isWish(valueAt(documents[kind], path), byDefault) ? [notYet(kind, path)] : [];
  });
  return [
    ...found,
    ...(done.has("InitConfiguration.timeouts") ? [] : timeoutsOf("InitConfiguration", ofInit(documents.InitConfiguration?.timeouts))),
    ...unsupportedGates(documents),
    ...taintTimes(documents),
  ];
};

/** The runtime of a socket: containerd's, by either of its names, or CRI-O's; undefined for any other. */
export const runtimeOf = (socket: string | undefined): "containerd" | "cri-o" | undefined => {
  const path = (socket ?? "").replace(/^unix:\/\//, "").replace(/^\/var\/run\//, "/run/");
  if (path === "" || path === "/run/containerd/containerd.sock") return defaults.runtime;
  return path === "/run/crio/crio.sock" ? "cri-o" : undefined;
};

export const unknownSocket = (): KubeadmFinding =>
  notYet(
    "InitConfiguration",
    ["nodeRegistration", "criSocket"],
    "supported: unix:///run/containerd/containerd.sock and unix:///run/crio/crio.sock",
  );
