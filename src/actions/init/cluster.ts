import { isAbsolute, normalize } from "node:path";
import { defaults } from "../../config/defaults.ts";
import type { ClusterFile, HostFile } from "../../config/file-types.ts";
import { gatesOf } from "../../config/kubeadm/index.ts";
import { withoutLabel } from "../../config/kubeadm/version-labels.ts";
import { type Finding, formatPath, show } from "../../config/problems.ts";
import { resolveCluster } from "../../config/resolve.ts";
import { checkMeaning } from "../../config/rules/index.ts";
import { checkShape } from "../../config/shape.ts";
import type { Cluster, NetworkPlugin } from "../../config/types.ts";
import type { Bus } from "../../engine/events.ts";
import { UserError } from "../../shared/errors.ts";
import { addressFamily, familiesOf } from "../../shared/ip.ts";
import { pki } from "../../templates/paths.ts";
import { addressHere, withBothAddresses } from "../address-here.ts";
import type { Here } from "../fleet/here.ts";
import { withSocket } from "../node-extras.ts";

/** What the flags of `kbs init` say of the cluster; kubeadm's where it has them. Absent: not typed. */
export interface InitFlags {
  readonly "apiserver-advertise-address"?: string | undefined;
  readonly "apiserver-bind-port"?: number | undefined;
  readonly "apiserver-cert-extra-sans"?: readonly string[] | undefined;
  readonly "cert-dir"?: string | undefined;
  readonly "control-plane-endpoint"?: string | undefined;
  readonly "cri-socket"?: string | undefined;
  readonly "feature-gates"?: string | undefined;
  readonly "image-repository"?: string | undefined;
  readonly "kubernetes-version"?: string | undefined;
  readonly "node-name"?: string | undefined;
  readonly "pod-network-cidr"?: string | undefined;
  readonly "service-cidr"?: string | undefined;
  readonly "service-dns-domain"?: string | undefined;
  readonly network?: NetworkPlugin | undefined;
  /** The node takes ordinary pods. */
  readonly untaint: boolean;
}

/** How messages call what no file says. */
const source = "kbs init";

/** The name under which a machine remembers the cluster that it was made a part of without a file. */
const clusterName = defaults.clusterName;

export const addressFlag = "apiserver-advertise-address";

/**
 * This machine as a file would have it. kubeadm, too, takes 0.0.0.0 and :: for "choose one"; but an API server starts only at an address of the family that
 * its Services have first.
 */
export const hostHere = (flags: InitFlags, here: Here, serviceSubnet = ""): HostFile => {
  const typed = flags[addressFlag];
  const said = typed === "0.0.0.0" || typed === "::" ? undefined : typed;
  if (said !== undefined && addressFamily(said) === undefined) {
    throw new UserError(`--${addressFlag}: ${JSON.stringify(said)} is not an IP address`, {
      hint: "it is the address by which other machines reach this one, such as 10.0.0.11",
    });
  }
  return {
    name: flags["node-name"] ?? here.name,
    address: said ?? addressHere(here.network, `--${addressFlag}`, typed === "::" ? 6 : familiesOf(serviceSubnet)[0]),
    roles: flags.untaint ? ["control-plane", "worker"] : ["control-plane"],
    local: true,
  };
};

/** A map without what is undefined. */
const present = <T extends Readonly<Record<string, unknown>>>(map: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of its entries only those that are undefined are gone
  Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };

const fileOf = (flags: InitFlags, host: HostFile): ClusterFile => ({
  apiVersion: "kbs/v1",
  kind: "Cluster",
  metadata: { name: clusterName },
  spec: {
    hosts: [host],
    ...present({ controlPlaneEndpoint: flags["control-plane-endpoint"] }),
    kubernetes: {
      ...present({
        version: flags["kubernetes-version"] && withoutLabel(flags["kubernetes-version"]),
        // As with kubeadm: whose pod network it is looks after the addresses.
        podSubnet: flags["pod-network-cidr"] ?? (flags.network === "none" ? "" : undefined),
        serviceSubnet: flags["service-cidr"],
        dnsDomain: flags["service-dns-domain"],
      }),
      apiServer: present({ certSANs: flags["apiserver-cert-extra-sans"], bindPort: flags["apiserver-bind-port"] }),
    },
    network: present({ plugin: flags.network }),
    supply: present({ imageRepository: flags["image-repository"] }),
  },
});

/** Where a file would say what a flag says. */
const flagOf: readonly (readonly [path: string, flag: string])[] = [
  ["spec.hosts[0].name", "node-name"],
  ["spec.hosts[0].address", addressFlag],
  ["spec.controlPlaneEndpoint", "control-plane-endpoint"],
  ["spec.kubernetes.version", "kubernetes-version"],
  ["spec.supply.imageRepository", "image-repository"],
  ["spec.kubernetes.podSubnet", "pod-network-cidr"],
  ["spec.kubernetes.serviceSubnet", "service-cidr"],
  ["spec.kubernetes.dnsDomain", "service-dns-domain"],
  ["spec.kubernetes.apiServer.bindPort", "apiserver-bind-port"],
  ["spec.kubernetes.apiServer.certSANs", "apiserver-cert-extra-sans"],
];

/** A sentence about a file as one about flags. */
const inFlags = (text: string): string =>
  text
    .replaceAll(/(?:spec\.kubernetes\.)?podSubnet/g, "--pod-network-cidr")
    .replaceAll(/(?:spec\.kubernetes\.)?serviceSubnet/g, "--service-cidr")
    .replaceAll(/spec\.kubernetes\.apiServer\.bindPort/g, "--apiserver-bind-port");

const sentenceOf = ({ path, message, hint }: Finding): string => {
  const place = formatPath(path);
  const [, flag] = flagOf.find(([start]) => place.startsWith(start)) ?? [];
  return `${flag === undefined ? place : `--${flag}`}: ${inFlags(message)}${hint === undefined ? "" : ` (${inFlags(hint)})`}`;
};

const withGates = (cluster: Cluster, { "feature-gates": typed }: InitFlags, bus: Bus): Cluster => {
  if (typed === undefined) return cluster;
  const { warnings, ...wished } = gatesOf(typed, cluster.kubernetes.version);
  for (const text of warnings) bus.emit({ type: "warning", text });
  return { ...cluster, kubernetes: { ...cluster.kubernetes, ...wished } };
};

/** The cluster with its certificates where `--cert-dir` says. @throws UserError for a path that depends on where one stands */
export const withFolder = (cluster: Cluster, { "cert-dir": typed }: InitFlags): Cluster => {
  if (typed === undefined) return cluster;
  const folder = normalize(typed).replace(/(?<=.)\/$/, "");
  if (!isAbsolute(folder) || folder === "/")
    throw new UserError(`--cert-dir: ${JSON.stringify(typed)} is no folder for certificates`, {
      hint: "write an absolute path, such as /etc/kubernetes/pki",
    });
  return folder === pki ? cluster : { ...cluster, kubernetes: { ...cluster.kubernetes, certificatesDir: folder } };
};

/** As of a file of kubeadm's. */
const tellLabel = ({ "kubernetes-version": typed = "" }: InitFlags, { kubernetes: { version } }: Cluster, bus: Bus): void => {
  if (withoutLabel(typed) !== typed)
    bus.emit({ type: "warning", text: `--kubernetes-version: ${show(typed)} is not looked up: it is taken as ${version}` });
};

/** That a lone control plane takes no ordinary pods is what is asked for until somebody joins. */
const isWorthTelling = ({ severity, path }: Finding): boolean => severity === "warning" && formatPath(path) !== "spec.hosts";

/**
 * The cluster that the flags ask for, on this machine, judged by the rules of a file.
 * @throws UserError exit "usage" with all that is wrong, each by its flag
 */
export const clusterOfFlags = (flags: InitFlags, here: Here, bus: Bus): Cluster => {
  const file = fileOf(flags, hostHere(flags, here, flags["service-cidr"]));
  const cluster = resolveCluster(file, source, process.cwd());
  const findings = [...checkShape(file), ...checkMeaning({ file, cluster, intact: () => true })];
  const [wrong, doubtful] = [findings.filter(({ severity }) => severity !== "warning"), findings.filter(isWorthTelling)];
  if (wrong.length > 0) throw new UserError(wrong.map(sentenceOf).join("\n"));
  for (const finding of doubtful) bus.emit({ type: "warning", text: sentenceOf(finding) });
  tellLabel(flags, cluster, bus);
  return withBothAddresses(withGates(withSocket(withFolder(cluster, flags), flags["cri-socket"]), flags, bus), here.network);
};

/** Flags of which each stands for a field of the cluster, and not for this machine. */
export const ofFile: readonly string[] = [...flagOf, ["", "cri-socket"], ["", "feature-gates"]]
  .map(([, flag]) => flag)
  .filter((flag) => flag !== "node-name" && flag !== addressFlag);
