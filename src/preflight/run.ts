import type { Cluster } from "../config/types.ts";
import type { HostFacts } from "../facts/index.ts";
import type { ExternalEtcdSeen } from "../kube/etcd/external.ts";
import type { UserError } from "../shared/errors.ts";
import type { CheckContext, Finding, Severity } from "./check.ts";
import { othersIn } from "./fleet.ts";
import { questionnaire } from "./index.ts";

/** A finding, with where and by which check. */
export interface Result extends Omit<Finding, "severity"> {
  readonly host: string;
  /** The check's id; `reachable` for a host that gave no answer. */
  readonly id: string;
  readonly severity: Severity;
  /** An error that someone chose to live with. It no longer stops a run. */
  readonly ignored: boolean;
}

/** What became of one host's questionnaire. */
export interface HostResult {
  readonly host: string;
  /** Checks that applied to it. */
  readonly asked: number;
  readonly passed: number;
}

export interface PreflightResults {
  readonly hosts: readonly HostResult[];
  /** In the order of hosts, and of the questionnaire within each. */
  readonly findings: readonly Result[];
}

export interface PreflightInput extends Pick<CheckContext, "cluster" | "clusterId" | "platforms"> {
  /** Of the hosts that answered, by name. */
  readonly facts: ReadonlyMap<string, HostFacts>;
  /** Why the others did not. */
  readonly failures?: ReadonlyMap<string, UserError>;
  /** What control planes see of an etcd that others run, by host. */
  readonly externalEtcd?: ReadonlyMap<string, ExternalEtcdSeen>;
  /** Hosts that are to run etcd, and have something in the folder for its data. */
  readonly etcdData?: ReadonlySet<string>;
  /** By which addresses hosts know the endpoint's name, by host. */
  readonly endpointAddresses?: ReadonlyMap<string, readonly string[]>;
}

const seenBy = (input: PreflightInput, host: string): Pick<CheckContext, "externalEtcd" | "hasEtcdData" | "endpointAddresses"> => {
  const [externalEtcd, endpointAddresses] = [input.externalEtcd?.get(host), input.endpointAddresses?.get(host)];
  return {
    ...(externalEtcd && { externalEtcd }),
    hasEtcdData: input.etcdData?.has(host) ?? false,
    ...(endpointAddresses && { endpointAddresses }),
  };
};

const contextOf = (input: PreflightInput, host: Cluster["hosts"][number], facts: HostFacts): CheckContext => ({
  cluster: input.cluster,
  host,
  facts,
  others: othersIn(input.facts, host.name),
  ...(input.clusterId === undefined ? {} : { clusterId: input.clusterId }),
  ...(input.platforms === undefined ? {} : { platforms: input.platforms }),
  ...seenBy(input, host.name),
});

const askHost = (context: CheckContext): { readonly host: HostResult; readonly findings: readonly Result[] } => {
  const checks = questionnaire.filter((check) => check.appliesTo(context));
  const findings = checks.flatMap(({ id, severity, ask }): Result[] => {
    const finding = ask(context);
    return finding === undefined ? [] : [{ severity, ...finding, host: context.host.name, id, ignored: false }];
  });
  return { host: { host: context.host.name, asked: checks.length, passed: checks.length - findings.length }, findings };
};

const silent = (host: string, error: UserError): Result => ({
  host,
  id: "reachable",
  severity: "error",
  problem: error.message,
  remedy: error.details.hint ?? `see whether the host is up and "ssh" reaches it`,
  ignored: false,
  ...(error.details.output === undefined ? {} : { evidence: error.details.output }),
});

/** Asks every check of every host, so that all that is wrong is known at once. Hosts neither answered nor failed are left out. */
export const runPreflight = (input: PreflightInput): PreflightResults => {
  const asked = input.cluster.hosts.flatMap((host) => {
    const facts = input.facts.get(host.name);
    if (facts !== undefined) return [askHost(contextOf(input, host, facts))];
    const error = input.failures?.get(host.name);
    return error === undefined ? [] : [{ host: { host: host.name, asked: 1, passed: 0 }, findings: [silent(host.name, error)] }];
  });
  return { hosts: asked.map(({ host }) => host), findings: asked.flatMap(({ findings }) => findings) };
};
