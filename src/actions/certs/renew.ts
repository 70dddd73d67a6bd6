import { randomUUID } from "node:crypto";
import type { Host } from "../../changes/host.ts";
import type { Ticket } from "../../changes/message.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { toEventError } from "../../engine/events.ts";
import { runPhases } from "../../engine/run.ts";
import { openKubeOn } from "../../kube/from-kubeconfig.ts";
import type { Kube } from "../../kube/types.ts";
import { type RenewContext, renewPhases } from "../../phases/renew-certificates.ts";
import { type RenewableRow, type RenewedFile, renew, renewable } from "../../pki/renew.ts";
import { UserError } from "../../shared/errors.ts";
import { parseGoDuration } from "../../shared/go-duration.ts";
import { dialled } from "../../templates/static-pods/index.ts";
import { connectFleet } from "../fleet/connect.ts";
import { refuseOrdinaryUser } from "../fleet/here.ts";
import { withLeases } from "../fleet/lease.ts";
import { hostsOnly } from "../give-back.ts";
import { adminConf } from "../kubeconfig/write.ts";
import type { ActionOutcome } from "../options.ts";
import { worstExit } from "../outcome.ts";
import { onEachHost } from "../told-phase.ts";
import type { Files } from "./ends.ts";
import { whyNotRestartEtcd } from "./etcd-restart.ts";
import { type CertsOptions, type Found, lookAt, targetOf } from "./look-at.ts";
import { prove, seeComponents, settle, type Witness } from "./prove.ts";

export interface RenewOptions extends CertsOptions {
  readonly isRoot: boolean;
  /** kubeadm's name of a certificate, or all. */
  readonly name: string;
}

/** Milliseconds: kubeadm's certificateValidityPeriod. */
const usualLife = 8760 * 60 * 60 * 1000;

/** One control plane, and what is to be written there. */
interface Plan {
  readonly host: ClusterHost;
  readonly door: Host;
  readonly found: Found;
  readonly renewed: readonly RenewedFile[];
  /** What will be on the host then. */
  readonly files: Files;
  readonly kube: Kube;
}

const withRenewed = ({ files }: Found, renewed: readonly RenewedFile[]): Files =>
  new Map([...files, ...renewed.map(({ path, content }) => [path, content] as const)]);

/** The API of one control plane by itself, as its administrator. @throws UserError where its kubeconfig is gone */
const openApiOf = (
  { name, internalAddress }: ClusterHost,
  door: Host,
  { files, listening }: Pick<Found, "files" | "listening">,
  signal: AbortSignal,
): Kube => {
  const server = listening.find(({ component }) => component === "kube-apiserver");
  const at = { at: server?.address ?? dialled(), port: server?.port ?? 6443 };
  const kube = openKubeOn({ door, ...at, address: internalAddress, signal }, files.get(adminConf)?.toString() ?? "");
  if (kube) return kube;
  throw new UserError(`${adminConf} is not there, or holds no client certificate: without it nobody can see whether components are well`, {
    exit: "preflight",
    host: name,
    hint: "put the file back first",
  });
};

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

/** What the configuration says, else what kubeadm has written into the cluster, else kubeadm's default. */
const lifeOf = async (cluster: Cluster | undefined, kube: Kube, signal: AbortSignal): Promise<number> => {
  if (cluster) return cluster.kubernetes.certificateValidity.leaf * 1000;
  const path = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
  // An API that does not answer, as with certificates that have ended, must not keep them from being renewed.
  const map = await kube.raw<ConfigMap>("GET", path, undefined, { signal, patience: 0, timeout: 5000 }).catch((): ConfigMap => ({}));
  signal.throwIfAborted();
  const [, period = ""] = /^certificateValidityPeriod: (\S+)$/m.exec(map.data?.["ClusterConfiguration"] ?? "") ?? [];
  return parseGoDuration(period) || usualLife;
};

const skippedText = ({ name }: RenewableRow, why: "missing" | "external"): string =>
  why === "missing" ? `${name} is not there` : `${name} is signed by a CA whose key is kept elsewhere, so it cannot be renewed here`;

/** Makes new certificates in memory. @throws UserError where the only one that is named cannot be renewed */
const makeAll = async (
  host: ClusterHost,
  found: Found,
  lifeMs: number,
  { name, bus, folder }: RenewOptions,
): Promise<readonly RenewedFile[]> => {
  const request = { files: found.files, now: new Date(), lifeMs, folder };
  const rows = renewable.filter((row) => name === "all" || row.name === name);
  const made: RenewedFile[] = [];
  for (const row of rows) {
    const renewal = await renew(row, request);
    if ("files" in renewal) made.push(...renewal.files);
    else if (name !== "all") throw new UserError(skippedText(row, renewal.skipped), { exit: "preflight", host: host.name });
    else if (found.localEtcd || !("ca" in row) || row.ca !== "etcd-ca")
      bus.emit({ type: "warning", host: host.name, text: skippedText(row, renewal.skipped) });
  }
  return made;
};

/** Renews on one control plane, and proves each component before the next one is touched. */
const renewOn = async (plan: Plan, ticket: Ticket, signal: AbortSignal, { bus, concurrency, folder }: RenewOptions) => {
  const { host, door, found, files, kube, renewed } = plan;
  const witness: Witness = { door, kube, node: found.node, listening: found.listening, files, folder, before: new Map() };
  const context: RenewContext = {
    hosts: [host],
    touched: new Set([host.name]),
    door: () => door,
    ticket,
    ...(folder !== undefined && { folder }),
    renewed: new Map([[host.name, renewed]]),
    see: (_host, tools) => seeComponents(witness, tools),
    settle: (_host, tools) => settle(witness, tools),
    prove: (_host, component, tools) => prove(witness, component, tools),
  };
  const doors = hostsOnly(() => door);
  return await runPhases({ phases: renewPhases, context, first: host.name, doors, ticket, bus, signal, concurrency });
};

const cannotNow = (left: readonly Plan[], why: string): UserError =>
  new UserError(`${left.map(({ host }) => host.name).join(", ")} cannot be renewed now: ${why}`, {
    exit: "preflight",
    hint: "bring those members back first, or take out one that is gone for good: kbs delete node NAME; where it is their certificates that have ended, renew on their hosts alone first (--limit, or typed there)",
  });

/** One control plane after another: a cluster that has several stays up. The first that does not come back, or whose etcd the others need, ends it. */
const renewAll = async (plans: readonly Plan[], ticket: Ticket, options: RenewOptions): Promise<ActionOutcome> =>
  await withLeases(
    plans.map(({ door }) => door),
    ticket,
    options,
    async (signal) => {
      let changed = 0;
      for (const [nth, plan] of plans.entries()) {
        const why = await whyNotRestartEtcd(plan, plans, { folder: options.folder, signal });
        if (why !== undefined) {
          options.bus.emit({ type: "error", error: toEventError(cannotNow(plans.slice(nth), why)) });
          return { exit: "preflight", changed, next: [] };
        }
        const result = await renewOn(plan, ticket, signal, options);
        changed += result.changed;
        if (options.signal.aborted) return { exit: "interrupted", changed, next: [] };
        const exit = worstExit(result.failures.map(({ error }) => error.exit));
        const left = plans.slice(nth + 1).map(({ host }) => host.name);
        if (exit !== "done" && left.length > 0) {
          const error = new UserError(`not renewed, because ${plan.host.name} is not well: ${left.join(", ")}`, { exit });
          options.bus.emit({ type: "error", error: toEventError(error) });
        }
        if (exit !== "done") return { exit, changed, next: [] };
      }
      const copies = options.here
        ? []
        : [`kbs kubeconfig -f ${options.file}    # copies of admin.conf elsewhere still hold the old certificate`];
      return { exit: "done", changed, next: changed > 0 && options.name === "all" ? copies : [] };
    },
  );

/** Looks at every control plane, and makes what is to be written. All must answer before one is touched. */
const planAll = async (
  hosts: readonly ClusterHost[],
  doors: ReadonlyMap<string, Host>,
  cluster: Cluster | undefined,
  options: RenewOptions,
): Promise<readonly Plan[]> => {
  const plans = new Map<string, Plan>();
  const { signal } = options;
  const failures = await onEachHost(hosts, { phase: "read-certificates", title: "Read certificates" }, options, async (host) => {
    const door = doors.get(host.name);
    if (!door) return;
    const found = await lookAt(host, door, { cluster: cluster?.name, folder: options.folder }, signal);
    const asked = openApiOf(host, door, found, signal);
    const lifeMs = await lifeOf(cluster, asked, signal).finally(() => asked.close());
    const renewed = await makeAll(host, found, lifeMs, options);
    const files = withRenewed(found, renewed);
    // As the renewed administrator, who is known at once: the former one may have ended.
    plans.set(host.name, { host, door, found, files, kube: openApiOf(host, door, { ...found, files }, signal), renewed });
  });
  const found = hosts.flatMap(({ name }) => plans.get(name) ?? []);
  const [failure] = failures.values();
  if (failure === undefined) return found;
  for (const { kube } of found) kube.close();
  throw failure;
};

/**
 * Renews certificates of control planes by the CAs on their disks, one control plane after another, and has each component load its own.
 * @throws UserError before anything is changed, when a host does not answer or a certificate cannot be renewed; exit "locked"
 */
export const renewCertificates = async (options: RenewOptions): Promise<ActionOutcome> => {
  if (options.here) refuseOrdinaryUser(options.isRoot, "certs renew", options.command);
  const { cluster, hosts } = await targetOf(options);
  const run = randomUUID();
  const fleet = await connectFleet(hosts, options);
  try {
    const [unreached] = fleet.failures.values();
    if (unreached) throw unreached;
    const plans = await planAll(hosts, fleet.doors, cluster, options);
    try {
      const owner = plans[0]?.found.owner;
      const ticket: Ticket = { cluster: { id: owner?.id ?? "", name: owner?.name ?? "" }, run };
      options.bus.emit({
        type: "run-started",
        run,
        command: options.command,
        cluster: ticket.cluster.name,
        hosts: hosts.map(({ name }) => name),
      });
      return await renewAll(plans, ticket, options);
    } finally {
      for (const { kube } of plans) kube.close();
    }
  } finally {
    await fleet.close();
  }
};
