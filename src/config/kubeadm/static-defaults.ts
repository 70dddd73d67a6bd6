import { parseGoDuration } from "../../shared/go-duration.ts";
import { isMap } from "../../shared/is-map.ts";
import { defaults } from "../defaults.ts";
import type { ApiEndpoint, BootstrapToken, Component, Documents, EnvVar, ImagePullPolicy, LocalEtcd, TimeoutName } from "./file-types.ts";
import { formatGoDuration } from "./go-duration.ts";
import type { Written } from "./written.ts";

/** kubeadm's defaults that need no look at a machine (cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go). */
export const timeoutDefaults: Readonly<Record<TimeoutName, string>> = {
  controlPlaneComponentHealthCheck: "4m0s",
  kubeletHealthCheck: "4m0s",
  kubernetesAPICall: "1m0s",
  etcdAPICall: "2m0s",
  tlsBootstrap: "5m0s",
  discovery: "5m0s",
  upgradeManifests: "5m0s",
};

export const certificatesDir = "/etc/kubernetes/pki";
export const caCertPath = `${certificatesDir}/ca.crt`;
export const defaultSocket = "unix:///var/run/containerd/containerd.sock";
const tokenDefaults = {
  ttl: "24h0m0s",
  usages: ["signing", "authentication"],
  groups: ["system:bootstrappers:kubeadm:default-node-token"],
} as const;

/** A duration as Go prints it; what is none is left for a rule to name. */
const duration = (text: string | undefined, fallback: string): string => {
  const value = parseGoDuration(text === undefined || text === "" ? fallback : text);
  return value === undefined ? (text ?? fallback) : formatGoDuration(value);
};

const or = <T extends string>(text: T | "" | undefined, fallback: T): T => (text === undefined || text === "" ? fallback : text);

const withTimeouts = (timeouts: Readonly<Partial<Record<TimeoutName, string>>> = {}): Written =>
  Object.fromEntries(
    Object.entries(timeoutDefaults).map(([name, fallback]) => [
      name,
      duration(Object.entries(timeouts).find(([key]) => key === name)?.[1], fallback),
    ]),
  );

interface Pulls {
  readonly imagePullPolicy?: ImagePullPolicy | "";
  readonly imagePullSerial?: boolean;
}

const withPulls = (written: Pulls): Written => ({
  ...written,
  imagePullPolicy: or(written.imagePullPolicy, "IfNotPresent"),
  imagePullSerial: written.imagePullSerial ?? true,
});

const withPort = (written: ApiEndpoint = {}): Written => ({
  ...written,
  bindPort: written.bindPort === undefined || written.bindPort === 0 ? defaults.apiPort : written.bindPort,
});

/** Groups are for those who log in by the token; kubeadm fills them in for others, too, and refuses them then. */
const groupsOf = ({ usages = [], groups = [] }: BootstrapToken): Written => {
  if (groups.length > 0) return { groups };
  return usages.length === 0 || usages.includes("authentication") ? { groups: tokenDefaults.groups } : {};
};

const withToken = (written: BootstrapToken): Written => {
  const { expires, ttl } = written;
  return {
    ...written,
    usages: (written.usages ?? []).length === 0 ? tokenDefaults.usages : written.usages,
    ...groupsOf(written),
    ...(expires === undefined || ttl !== undefined ? { ttl: duration(ttl, tokenDefaults.ttl) } : {}),
  };
};

const withInit = (written: NonNullable<Documents["InitConfiguration"]>): Written => ({
  ...written,
  ...(written.bootstrapTokens === undefined || written.bootstrapTokens.length === 0
    ? {}
    : { bootstrapTokens: written.bootstrapTokens.map(withToken) }),
  localAPIEndpoint: withPort(written.localAPIEndpoint),
  nodeRegistration: withPulls(written.nodeRegistration ?? {}),
  timeouts: withTimeouts(written.timeouts),
});

const withEtcd = (written: NonNullable<Documents["ClusterConfiguration"]>["etcd"] = {}): Written => {
  const { local, external } = written;
  if (external === undefined) return { local: { ...withVariables(local), dataDir: or(local?.dataDir, defaults.etcdDataDir) } };
  const { endpoints = [], httpEndpoints = [] } = external;
  return {
    ...(local === undefined ? {} : { local }),
    // Go writes these of an external etcd even where they are empty.
    external: { caFile: "", certFile: "", keyFile: "", ...external, httpEndpoints: httpEndpoints.length === 0 ? endpoints : httpEndpoints },
  };
};

const quantity = (value: unknown): unknown => (typeof value === "number" ? String(value) : (value ?? "0"));

/** A field of the pod is one of v1; a divisor is a quantity. */
const withVariable = (written: EnvVar): Written => {
  const { fieldRef: field, resourceFieldRef: resource } = written.valueFrom ?? {};
  const valueFrom = {
    ...written.valueFrom,
    ...(isMap(field) ? { fieldRef: { apiVersion: "v1", ...field } } : {}),
    ...(isMap(resource) ? { resourceFieldRef: { ...resource, divisor: quantity(resource["divisor"]) } } : {}),
  };
  return { ...written, ...(written.valueFrom === undefined ? {} : { valueFrom }) };
};

const withVariables = (component: Component | LocalEtcd | undefined): Written => ({
  ...component,
  ...(component?.extraEnvs === undefined ? {} : { extraEnvs: component.extraEnvs.map(withVariable) }),
});

/** The version is not filled in: what a label stands for is known only where it is looked up. */
const withCluster = (written: NonNullable<Documents["ClusterConfiguration"]>): Written => ({
  dns: {},
  proxy: {},
  ...written,
  apiServer: withVariables(written.apiServer),
  controllerManager: withVariables(written.controllerManager),
  scheduler: withVariables(written.scheduler),
  etcd: withEtcd(written.etcd),
  networking: {
    ...written.networking,
    serviceSubnet: or(written.networking?.serviceSubnet, defaults.serviceSubnet),
    dnsDomain: or(written.networking?.dnsDomain, defaults.dnsDomain),
  },
  certificatesDir: or(written.certificatesDir, certificatesDir),
  imageRepository: or(written.imageRepository, defaults.imageRepository),
  clusterName: or(written.clusterName, defaults.clusterName),
  encryptionAlgorithm: or(written.encryptionAlgorithm, defaults.encryptionAlgorithm),
  certificateValidityPeriod: duration(written.certificateValidityPeriod, defaults.certificateValidityPeriod),
  caCertificateValidityPeriod: duration(written.caCertificateValidityPeriod, defaults.caCertificateValidityPeriod),
});

const withJoin = (written: NonNullable<Documents["JoinConfiguration"]>): Written => {
  const { discovery = {}, controlPlane } = written;
  const path = discovery.file?.kubeConfigPath;
  const token = discovery.tlsBootstrapToken ?? discovery.bootstrapToken?.token;
  return {
    ...written,
    caCertPath: or(written.caCertPath, caCertPath),
    discovery: {
      ...discovery,
      ...(path === undefined ? {} : { file: { kubeConfigPath: path.replace(/^file:\/\//, "") } }),
      ...(token === undefined ? {} : { tlsBootstrapToken: token }),
    },
    ...(controlPlane === undefined ? {} : { controlPlane: { ...controlPlane, localAPIEndpoint: withPort(controlPlane.localAPIEndpoint) } }),
    nodeRegistration: withPulls(written.nodeRegistration ?? {}),
    timeouts: withTimeouts(written.timeouts),
  };
};

const withReset = (written: NonNullable<Documents["ResetConfiguration"]>): Written => ({
  ...written,
  certificatesDir: or(written.certificatesDir, certificatesDir),
  timeouts: withTimeouts(written.timeouts),
});

const withUpgrade = ({
  apply = {},
  node = {},
  plan = {},
  diff = {},
  timeouts,
}: NonNullable<Documents["UpgradeConfiguration"]>): Written => ({
  apply: { certificateRenewal: true, etcdUpgrade: true, ...withPulls(apply) },
  node: { certificateRenewal: true, etcdUpgrade: true, ...withPulls(node) },
  plan: { etcdUpgrade: true, ...plan },
  diff,
  timeouts: withTimeouts(timeouts),
});

/** The documents of kubeadm's own kinds that are there, with every default that needs no look at a machine. */
export const withDefaults = (documents: Documents): Readonly<Partial<Record<keyof Documents, Written>>> => ({
  ...(documents.InitConfiguration && { InitConfiguration: withInit(documents.InitConfiguration) }),
  ...(documents.ClusterConfiguration && { ClusterConfiguration: withCluster(documents.ClusterConfiguration) }),
  ...(documents.JoinConfiguration && { JoinConfiguration: withJoin(documents.JoinConfiguration) }),
  ...(documents.ResetConfiguration && { ResetConfiguration: withReset(documents.ResetConfiguration) }),
  ...(documents.UpgradeConfiguration && { UpgradeConfiguration: withUpgrade(documents.UpgradeConfiguration) }),
});
