import type { CertificateStatus, ClusterStatus, ComponentStatus, EtcdStatus, HostStatus, NodeStatus } from "../actions/status/types.ts";
import { painter } from "../shared/paint.ts";
import { table } from "./table.ts";

/** From here on the end of a certificate is worth a line of its own. Days. */
const soon = 30;

const hostRow = ({ name, address, reachable, problem, clusterId, units }: HostStatus): readonly string[] => [
  name,
  address,
  reachable ? "yes" : `no: ${problem ?? "unknown"}`,
  reachable ? (clusterId ?? "none") : "",
  units.map((unit) => `${unit.name} ${unit.state}`).join(", "),
];

const nodeRow = ({ name, ready, why, version, roles, internalIp }: NodeStatus): readonly string[] => [
  name,
  ready ? "Ready" : `not ready${why === undefined ? "" : `: ${why}`}`,
  roles.join(",") || "<none>",
  version,
  internalIp,
];

const componentRow = ({ name, kind, node, ready, why }: ComponentStatus): readonly string[] => [
  name,
  kind === "static-pod" ? "static" : "system",
  node ?? "<none>",
  ready ? "ready" : `not ready${why === undefined ? "" : `: ${why}`}`,
];

const etcdRow = ({ name, peerUrl, isLearner, healthy }: EtcdStatus): readonly string[] => [
  name,
  peerUrl,
  isLearner ? "no vote yet" : "voter",
  healthy === undefined ? "not asked" : healthy ? "healthy" : "not healthy",
];

const remains = ({ daysLeft }: CertificateStatus): string => (daysLeft < 0 ? "expired" : `${daysLeft} days`);

/** Certificates of a host that end on the same day share a row: after a create, all but the CAs do. */
const certificateRows = (certificates: readonly CertificateStatus[]): readonly (readonly string[])[] =>
  [...Map.groupBy(certificates, ({ host, expires }) => `${host} ${expires.slice(0, 10)}`).values()].flatMap((group) =>
    group.slice(0, 1).map((first) => [first.host, first.expires.slice(0, 10), remains(first), group.map(({ name }) => name).join(", ")]),
  );

/** A cluster's state for a person: what waits first, then tables. Ends with a newline. */
export const statusText = (status: ClusterStatus, color: boolean): string => {
  const paint = painter(color);
  const { cluster, kubernetes, hosts, nodes, components, etcd, certificates, waiting } = status;
  const section = (title: string, heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
    rows.length === 0 ? [] : ["", paint("bold", title), ...table(heading, rows)];
  const ending = certificates.filter(({ daysLeft }) => daysLeft < soon);
  return [
    `${paint("bold", cluster)}  Kubernetes ${kubernetes ?? "does not answer"}`,
    waiting.length === 0 && ending.length === 0 ? paint("green", "everything is ready") : "",
    ...waiting.map((sentence) => paint("yellow", `not ready: ${sentence}`)),
    ...ending.map((one) =>
      paint("yellow", `certificate ${one.name} on ${one.host}: ${one.daysLeft < 0 ? "expired" : `ends in ${remains(one)}`}`),
    ),
    ...section("Hosts", ["NAME", "ADDRESS", "REACHABLE", "CLUSTER ID", "UNITS"], hosts.map(hostRow)),
    ...section("Nodes", ["NAME", "STATE", "ROLES", "VERSION", "INTERNAL IP"], nodes.map(nodeRow)),
    ...section("Components", ["NAME", "KIND", "NODE", "STATE"], components.map(componentRow)),
    ...section("etcd", ["MEMBER", "PEER URL", "VOTE", "STATE"], etcd.map(etcdRow)),
    ...section("Certificates", ["HOST", "ENDS", "LEFT", "NAMES"], certificateRows(certificates)),
  ]
    .filter((line, index) => line !== "" || index > 1)
    .map((line) => `${line}\n`)
    .join("");
};
