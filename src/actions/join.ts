import { joinedCluster } from "../config/joined-cluster.ts";
import { loadConfig } from "../config/load.ts";
import type { Cluster } from "../config/types.ts";
import type { Plan } from "../engine/plan/plan.ts";
import type { Kube } from "../kube/types.ts";
import type { BootstrapToken } from "../pki/token.ts";
import { ignoredChecks } from "../preflight/judge.ts";
import { UserError } from "../shared/errors.ts";
import { isDnsName } from "../shared/names.ts";
import { versionsFor } from "../supply/versions.ts";
import { type Bundles, openBundles } from "./context.ts";
import { examine, fitHosts } from "./fitness.ts";
import { addressHere, refuseOrdinaryUser, thisMachine } from "./here.ts";
import { type Discovery, discoverCluster, type Found, openWithToken, readTexts, refuseTakenName, told } from "./join-discover.ts";
import { isNamed, lookAtMachine, type Machine, membershipOf, refuseControlPlane, refuseUnnamed } from "./join-machine.ts";
import { foreseeJoin, type Prepared, runJoin } from "./join-run.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { type Survey, surveyOf } from "./survey.ts";

export interface JoinOptions extends FleetOptions {
  readonly discovery: Discovery;
  /** With which the kubelet asks for its certificate, where it is not the one of the discovery. */
  readonly tlsToken?: BootstrapToken | undefined;
  readonly nodeName?: string | undefined;
  /** A configuration, of which the container runtime and the supply are taken. */
  readonly config?: string | undefined;
  readonly isRoot: boolean;
}

/** The machine is a node of that cluster: there is nothing to do. */
const done: ActionOutcome = { exit: "done", changed: 0, next: [] };

const pinsOf = (discovery: Discovery): readonly string[] => (discovery.by === "token" ? discovery.pins : []);

/** The address of this machine that the cluster's nodes see; one of loopback would lead nowhere. */
const nodeAddress = ({ localAddress }: Found, { network }: Machine): string => {
  const plain = localAddress.replace(/^::ffff:/, "");
  return /^127\.|^::1$/.test(plain) ? addressHere(network, "another address of the API server") : plain;
};

const nameOf = ({ nodeName }: JoinOptions, { name }: Machine): string => {
  const chosen = (nodeName ?? name).trim().toLowerCase();
  if (isDnsName(chosen)) return chosen;
  const where = nodeName === undefined ? "the name of this machine" : "--node-name";
  throw new UserError(`${where}: ${JSON.stringify(chosen)} cannot be the name of a node`, {
    hint: 'a name has lower-case letters, digits, "-" and "."; choose one by --node-name',
  });
};

/** What a configuration says of this machine alone. @throws ConfigError */
const withOwn = async (cluster: Cluster, { config, bus }: JoinOptions): Promise<Cluster> => {
  if (config === undefined) return cluster;
  const [host] = cluster.hosts;
  const asControlPlane = { name: host?.name ?? "", address: host?.address ?? "", roles: ["control-plane"], local: true } as const;
  const own = await loadConfig(config, { hosts: () => [asControlPlane] });
  for (const { message } of own.warnings.filter(({ path }) => path !== "spec.hosts")) bus.emit({ type: "warning", text: message });
  const { runtime, supply } = own.cluster;
  return { ...cluster, runtime, supply: { ...supply, imageRepository: cluster.supply.imageRepository } };
};

/** @throws UserError when kbs does not have the cluster's version */
const refuseUnknownVersion = ({ kubernetes: { version } }: Cluster): void => {
  try {
    versionsFor(version);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`the cluster runs Kubernetes ${version}, of which this kbs can make no nodes`, {
      exit: "preflight",
      hint: "take a kbs that knows this version, or kubeadm of that version",
    });
  }
};

/** Whether the bundle has what pods of flannel need on the node. What the cluster's network is, a token may not ask. */
const withNetwork = (cluster: Cluster, bundles: Bundles): Cluster => {
  const hasFlannel = bundles.all.every(({ binaries }) => binaries.has("flannel"));
  return hasFlannel || cluster.network.plugin === "none" ? cluster : { ...cluster, network: { ...cluster.network, plugin: "none" } };
};

const read = async (machine: Machine, found: Found, kube: Kube, options: JoinOptions): Promise<Cluster> => {
  const name = nameOf(options, machine);
  const texts = await readTexts(kube, name, options);
  const address = nodeAddress(found, machine);
  const host = { name, address, roles: ["worker"], local: true } as const;
  const cluster = await withOwn(joinedCluster(texts, { endpoint: found.endpoint, host }), options);
  refuseUnknownVersion(cluster);
  if (!machine.isNode) await refuseTakenName(kube, name, options.signal);
  const { hosts } = cluster;
  return { ...cluster, hosts: hosts.map((one) => thisMachine(one)), name: machine.owner?.name ?? cluster.name };
};

/** All that can be known without a change, then the work; what was opened for it is closed. */
const prepared = async <T>(machine: Machine, options: JoinOptions, work: (prepared: Prepared) => Promise<T>): Promise<T> => {
  const { discovery, tlsToken, signal } = options;
  const found = await discoverCluster({ discovery, tlsToken, host: machine.name }, options);
  const { id } = membershipOf(machine, found.ca);
  const kube = openWithToken(found, signal);
  try {
    const cluster = await read(machine, found, kube, options);
    const surveyed: Survey = { ...(await surveyOf(cluster, options)), clusterId: id };
    try {
      const bundles = await openBundles(surveyed, options);
      try {
        const survey = { ...surveyed, cluster: withNetwork(cluster, bundles) };
        const platforms = bundles.all.map(({ platform }) => `${platform.os}/${platform.architecture}`);
        fitHosts(survey, examine(survey, platforms, options.ignorePreflight), options);
        return await work({ found, kube, survey, bundles, ticket: { cluster: { id, name: cluster.name }, run: survey.run } });
      } finally {
        await Promise.all(bundles.all.map((bundle) => bundle.close()));
      }
    } finally {
      await surveyed.fleet.close();
    }
  } finally {
    kube.close();
  }
};

/** The machine, unless it may not join; a node that has all of a join already is told by `isDone`. @throws UserError */
const admitted = async (options: JoinOptions): Promise<{ readonly machine: Machine; readonly isDone: boolean }> => {
  refuseOrdinaryUser(options.isRoot, "join", options.command);
  // A misspelt name is told before anything is asked.
  ignoredChecks(options.ignorePreflight);
  const look = { phase: "look", title: "Look at this machine" };
  const machine = await told(look, thisMachine().name, options, () => lookAtMachine(options));
  const pins = pinsOf(options.discovery);
  refuseControlPlane(machine);
  refuseUnnamed(machine, pins);
  return { machine, isDone: machine.isSettled && isNamed(machine, pins) === true };
};

const next = (name: string): readonly string[] => [`kubectl get node ${name}    # on a control plane: ready once its pod network runs`];

/**
 * Makes this machine a worker of a cluster that exists, by the phases of a create. One that is a node of that cluster already is left alone.
 * @throws UserError for every reason not to, before any change
 */
export const joinCluster = async (options: JoinOptions): Promise<ActionOutcome> => {
  const { machine, isDone } = await admitted(options);
  if (isDone) return done;
  return await prepared(machine, options, async (ready) => {
    if (machine.isSettled) return done;
    const { exit, changed } = await runJoin(ready, options);
    return { exit, changed, next: exit === "done" ? next(ready.survey.cluster.hosts[0]?.name ?? "") : [] };
  });
};

/** What such a run would do. Takes no lease and changes nothing. */
export const planJoin = async (options: JoinOptions): Promise<{ readonly outcome: ActionOutcome; readonly plan: Plan }> => {
  const { machine } = await admitted(options);
  return await prepared(machine, options, async (ready) => ({ outcome: done, plan: await foreseeJoin(ready, options) }));
};
