import { isIP } from "node:net";
import { isMap } from "../../shared/is-map.ts";
import { splitHostPort } from "../../shared/names.ts";
import { controlPlaneTaint, defaults } from "../defaults.ts";
import { ConfigError, sortProblems } from "../problems.ts";
import type { Source } from "../read-source.ts";
import { parseVersion } from "../versions.ts";
import type {
  ClusterConfiguration,
  Documents,
  InitConfiguration,
  JoinConfiguration,
  Kind,
  NodeRegistration,
  Timeouts,
  WrittenArg,
} from "./file-types.ts";
import { type OldFile, readOldText } from "./read.ts";
import { checkKubeadmMeaning } from "./rules/index.ts";
import { withDefaults } from "./static-defaults.ts";
import { documentOf, ownDocuments } from "./write.ts";
import type { Written } from "./written.ts";

const flagLists = new Set(["extraArgs", "kubeletExtraArgs"]);

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);

const argsOf = (flags: Written): readonly WrittenArg[] =>
  Object.entries(flags)
    .toSorted(byName)
    .map(([name, value]) => ({ name, value: String(value) }));

/** Flags of v1beta3, which are maps, as the lists of v1beta4, in the order of their names. */
const withLists = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withLists);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, flagLists.has(key) && isMap(item) ? argsOf(item) : withLists(item)]),
  );
};

/** A map without one of its keys, and what stood there. */
const take = (map: Written | undefined, key: string): { readonly rest: Written | undefined; readonly taken: string | undefined } => {
  const { [key]: taken, ...rest } = map ?? {};
  return { rest: map === undefined ? undefined : rest, taken: typeof taken === "string" && taken !== "" ? taken : undefined };
};

const mapAt = (map: Written | undefined, key: string): Written | undefined => {
  const value = map?.[key];
  return isMap(value) ? value : undefined;
};

/** Puts a timeout where v1beta4 has it. */
const withTimeout = (map: Written, name: keyof Timeouts, value: string | undefined): Written =>
  value === undefined ? map : { ...map, timeouts: { ...mapAt(map, "timeouts"), [name]: value } };

/** The old documents in the shape of v1beta4: flags as lists, timeouts where they belong now. */
const converted = ({ documents }: OldFile): Documents => {
  const old: Readonly<Partial<Record<Kind, unknown>>> = documents;
  const lists = Object.fromEntries(Object.entries(old).map(([kind, value]) => [kind, isMap(value) ? withLists(value) : {}]));
  const of = (kind: Kind): Written | undefined => mapAt(lists, kind);
  const { rest: apiServer, taken: healthCheck } = take(mapAt(of("ClusterConfiguration"), "apiServer"), "timeoutForControlPlane");
  const { rest: discovery, taken: wait } = take(mapAt(of("JoinConfiguration"), "discovery"), "timeout");
  const cluster = of("ClusterConfiguration");
  const init = of("InitConfiguration") ?? (cluster === undefined ? undefined : {});
  const join = of("JoinConfiguration");
  const found = { ...join, ...(discovery === undefined ? {} : { discovery }) };
  // kubeadm takes the cluster's timeout for a join in the same file, too.
  const joined = withTimeout(withTimeout(found, "discovery", wait), "controlPlaneComponentHealthCheck", healthCheck);
  return {
    ...lists,
    ...(init === undefined
      ? {}
      : {
          InitConfiguration: withTimeout(init, "controlPlaneComponentHealthCheck", healthCheck),
          ClusterConfiguration: { ...cluster, ...(apiServer === undefined ? {} : { apiServer }) },
        }),
    ...(join === undefined ? {} : { JoinConfiguration: joined }),
  };
};

/** With the scheme that kubeadm would add. */
const socketOf = (path: string | undefined): { readonly criSocket?: string } =>
  path?.startsWith("/") ? { criSocket: `unix://${path}` } : {};

const registered = (node: NodeRegistration = {}, isControlPlane: boolean): NodeRegistration => {
  const { criSocket, name, taints } = node;
  const { key, effect } = controlPlaneTaint;
  return {
    ...node,
    ...(name === undefined ? {} : { name: name.trim().toLowerCase() }),
    ...socketOf(criSocket),
    ...(taints === undefined && isControlPlane ? { taints: [{ key, effect }] } : {}),
  };
};

const settledInit = (init: InitConfiguration): InitConfiguration => ({
  ...init,
  nodeRegistration: registered(init.nodeRegistration, true),
});

const settledJoin = (join: JoinConfiguration): JoinConfiguration => ({
  ...join,
  nodeRegistration: registered(join.nodeRegistration, join.controlPlane !== undefined),
});

/** With the port that kubeadm would add. */
const endpointOf = (text: string, bindPort: number): string => {
  const { host, port } = splitHostPort(text);
  return port === undefined ? `${isIP(host) === 6 ? `[${host}]` : host}:${bindPort}` : text;
};

const settledCluster = (cluster: ClusterConfiguration, bindPort: number): ClusterConfiguration => {
  const { kubernetesVersion = "", controlPlaneEndpoint = "", apiServer } = cluster;
  const version = parseVersion(kubernetesVersion);
  return {
    ...cluster,
    ...(version === undefined ? {} : { kubernetesVersion: `v${version.text}` }),
    ...(controlPlaneEndpoint === "" ? {} : { controlPlaneEndpoint: endpointOf(controlPlaneEndpoint, bindPort) }),
    ...(apiServer?.certSANs === undefined
      ? {}
      : { apiServer: { ...apiServer, certSANs: apiServer.certSANs.map((name) => name.toLowerCase()) } }),
  };
};

/** What kubeadm finds out when it reads a file, as far as the file alone tells. */
const settled = (documents: Documents): Documents => {
  const { InitConfiguration: init, ClusterConfiguration: cluster, JoinConfiguration: join, ResetConfiguration: reset } = documents;
  const bindPort = init?.localAPIEndpoint?.bindPort ?? 0;
  return {
    ...documents,
    ...(init && { InitConfiguration: settledInit(init) }),
    ...(cluster && { ClusterConfiguration: settledCluster(cluster, bindPort === 0 ? defaults.apiPort : bindPort) }),
    ...(join && { JoinConfiguration: settledJoin(join) }),
    ...(reset && { ResetConfiguration: { ...reset, ...socketOf(reset.criSocket) } }),
  };
};

const components: readonly Kind[] = ["KubeletConfiguration", "KubeProxyConfiguration"];

/**
 * The documents of a file as kubeadm's `config migrate` writes them: v1beta4, judged, with defaults. What kubeadm takes from the machine on which it runs (name,
 * socket, address, a random token, the newest release) is left open, and component documents are kept, which kubeadm drops.
 * @throws ConfigError with all problems at once
 */
export const migrate = (source: Source): readonly Written[] => {
  const old = readOldText(source);
  const documents = converted(old);
  const findings = checkKubeadmMeaning({ documents, intact: () => true }).filter(({ severity }) => severity !== "warning");
  if (findings.length > 0) throw new ConfigError(sortProblems(findings.map(old.place)));
  const ours = ownDocuments(withDefaults(settled(documents)));
  const theirs = components.flatMap((kind) => {
    const written: unknown = old.documents[kind];
    return isMap(written) ? [documentOf(kind, written)] : [];
  });
  return [...ours, ...theirs];
};
