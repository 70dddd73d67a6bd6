import type { SchemaNode } from "../schema-node.ts";
import { documentOf, each, fields, flag, hiddenText, integer, listOf, mapOf, text, texts, words } from "./schema-parts.ts";

/** The versions that are read; v1beta3 only to be migrated. Fields are those of kubeadm 1.36 (cmd/kubeadm/app/apis/kubeadm). */
export type KubeadmVersion = "v1beta3" | "v1beta4";

const arg = fields({ name: text, value: text }, ["name"]);
const patches = fields({ directory: text });
const pullPolicy = words("", "Always", "IfNotPresent", "Never");
const apiEndpoint = fields({ advertiseAddress: text, bindPort: { type: "integer", minimum: 0, maximum: 65_535 } });

const timeouts = fields(
  each("controlPlaneComponentHealthCheck kubeletHealthCheck kubernetesAPICall etcdAPICall tlsBootstrap discovery upgradeManifests", text),
);

const taint = fields({ key: text, value: text, effect: words("NoSchedule", "PreferNoSchedule", "NoExecute"), timeAdded: text }, [
  "key",
  "effect",
]);

const volume = fields(
  {
    ...each("name hostPath mountPath", text),
    readOnly: flag,
    pathType: words("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"),
  },
  ["name", "hostPath", "mountPath"],
);

const reference = fields({ name: text, key: text, optional: flag }, ["key"]);

/** core/v1 EnvVar. */
const variable = fields(
  {
    name: text,
    value: text,
    valueFrom: fields({
      fieldRef: fields({ apiVersion: text, fieldPath: text }, ["fieldPath"]),
      resourceFieldRef: fields({ containerName: text, resource: text, divisor: { type: ["string", "number"] } }, ["resource"]),
      configMapKeyRef: reference,
      secretKeyRef: reference,
      fileKeyRef: fields({ volumeName: text, path: text, key: text, optional: flag }, ["volumeName", "path", "key"]),
    }),
  },
  ["name"],
);

const token = fields({ token: hiddenText, description: text, ttl: text, expires: text, usages: texts, groups: texts });

/** What differs between the versions: flags are maps in v1beta3, and much is not there yet. */
const partsOf = (version: KubeadmVersion) => {
  const since4 = (properties: Record<string, SchemaNode>): Record<string, SchemaNode> => (version === "v1beta4" ? properties : {});
  const until3 = (properties: Record<string, SchemaNode>): Record<string, SchemaNode> => (version === "v1beta3" ? properties : {});
  const args = version === "v1beta3" ? mapOf(text) : listOf(arg);
  const component = { extraArgs: args, extraVolumes: listOf(volume), ...since4({ extraEnvs: listOf(variable) }) };
  const registration = fields({
    ...each("name criSocket", text),
    taints: listOf(taint),
    kubeletExtraArgs: args,
    ignorePreflightErrors: texts,
    imagePullPolicy: pullPolicy,
    ...since4({ imagePullSerial: flag }),
  });
  const node = { nodeRegistration: registration, skipPhases: texts, patches, ...since4({ dryRun: flag, timeouts }) };
  return { since4, until3, args, component, node };
};

const initConfiguration = (version: KubeadmVersion): Record<string, SchemaNode> => ({
  ...partsOf(version).node,
  bootstrapTokens: listOf(token),
  localAPIEndpoint: apiEndpoint,
  certificateKey: hiddenText,
});

const etcdOf = (version: KubeadmVersion): SchemaNode => {
  const { since4, args } = partsOf(version);
  return fields({
    local: fields({
      ...each("imageRepository imageTag dataDir", text),
      extraArgs: args,
      ...each("serverCertSANs peerCertSANs", texts),
      ...since4({ extraEnvs: listOf(variable) }),
    }),
    external: fields({ endpoints: texts, ...each("caFile certFile keyFile", text), ...since4({ httpEndpoints: texts }) }),
  });
};

const clusterConfiguration = (version: KubeadmVersion): Record<string, SchemaNode> => {
  const { since4, until3, component } = partsOf(version);
  return {
    etcd: etcdOf(version),
    networking: fields(each("serviceSubnet podSubnet dnsDomain", text)),
    ...each("kubernetesVersion controlPlaneEndpoint certificatesDir imageRepository clusterName", text),
    apiServer: fields({ ...component, certSANs: texts, ...until3({ timeoutForControlPlane: text }) }),
    controllerManager: fields(component),
    scheduler: fields(component),
    dns: fields({ ...each("imageRepository imageTag", text), ...since4({ disabled: flag }) }),
    featureGates: mapOf(flag),
    ...since4({
      proxy: fields({ disabled: flag }),
      encryptionAlgorithm: words("", "RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"),
      ...each("certificateValidityPeriod caCertificateValidityPeriod", text),
    }),
  };
};

const joinConfiguration = (version: KubeadmVersion): Record<string, SchemaNode> => {
  const { until3, node } = partsOf(version);
  return {
    ...node,
    caCertPath: text,
    discovery: fields({
      bootstrapToken: fields({ token: hiddenText, apiServerEndpoint: text, caCertHashes: texts, unsafeSkipCAVerification: flag }),
      file: fields({ kubeConfigPath: text }),
      tlsBootstrapToken: hiddenText,
      ...until3({ timeout: text }),
    }),
    controlPlane: fields({ localAPIEndpoint: apiEndpoint, certificateKey: hiddenText }),
  };
};

const resetConfiguration: Record<string, SchemaNode> = {
  ...each("cleanupTmpDir dryRun force", flag),
  ...each("certificatesDir criSocket", text),
  ...each("ignorePreflightErrors skipPhases", texts),
  unmountFlags: listOf(words("MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE", "UMOUNT_NOFOLLOW")),
  timeouts,
};

const pulls = { imagePullPolicy: pullPolicy, imagePullSerial: flag };

const upgradeConfiguration: Record<string, SchemaNode> = {
  apply: fields({
    kubernetesVersion: text,
    ...each("allowExperimentalUpgrades allowRCUpgrades certificateRenewal dryRun etcdUpgrade forceUpgrade printConfig", flag),
    ...each("ignorePreflightErrors skipPhases", texts),
    patches,
    ...pulls,
  }),
  diff: fields({ kubernetesVersion: text, contextLines: integer }),
  node: fields({
    ...each("certificateRenewal dryRun etcdUpgrade", flag),
    ...each("ignorePreflightErrors skipPhases", texts),
    patches,
    ...pulls,
  }),
  plan: fields({
    kubernetesVersion: text,
    ...each("allowExperimentalUpgrades allowRCUpgrades dryRun etcdUpgrade printConfig", flag),
    ignorePreflightErrors: texts,
  }),
  timeouts,
};

/** The schema of each kind of a version. */
export const kubeadmSchemas = (version: KubeadmVersion): Readonly<Record<string, SchemaNode>> => {
  const document = (kind: string, properties: Record<string, SchemaNode>): SchemaNode =>
    documentOf(`kubeadm.k8s.io/${version}`, kind, properties);
  const { since4 } = partsOf(version);
  return {
    InitConfiguration: document("InitConfiguration", initConfiguration(version)),
    ClusterConfiguration: document("ClusterConfiguration", clusterConfiguration(version)),
    JoinConfiguration: document("JoinConfiguration", joinConfiguration(version)),
    ...since4({
      ResetConfiguration: document("ResetConfiguration", resetConfiguration),
      UpgradeConfiguration: document("UpgradeConfiguration", upgradeConfiguration),
    }),
  };
};
