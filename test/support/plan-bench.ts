import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse, stringify } from "yaml";
import type { PlanJson } from "../../src/engine/plan/json.ts";
import type { Lab, LabHost } from "../lab/index.ts";
import { eventsOf, type KbsEvent } from "./events.ts";
import type { Ended, Operator } from "./operator.ts";

/** The parts of a lab's configuration that these tests change. */
export interface Config {
  spec: {
    hosts: { name: string; labels?: Record<string, string> }[];
    kubernetes: Record<string, unknown> & { kubelet: Record<string, unknown> };
  };
}

export type Applied = Ended & { readonly events: readonly KbsEvent[] };

/** Plans and applies on a lab, and looks at what they have left alone. */
export interface PlanBench {
  readonly host: (name: string) => LabHost;
  /** Edits the configuration as a person would: in the file. */
  readonly edit: (change: (config: Config) => void) => Promise<void>;
  readonly kbs: (...words: readonly string[]) => Promise<Ended>;
  /** The words by which a command means this lab's cluster. */
  readonly fleet: readonly string[];
  readonly plan: (...words: readonly string[]) => Promise<Ended & { readonly json: PlanJson }>;
  readonly apply: (...words: readonly string[]) => Promise<Applied>;
  /** What kubectl prints on the first control plane. @throws when it fails */
  readonly kubectl: (line: string) => Promise<string>;
  /** Resource versions of all objects, except those that change by themselves: Leases, Events, and of Nodes their status. */
  readonly versions: () => Promise<string[]>;
  /** The same once nothing moves: a cluster that was just changed goes on for a while. */
  readonly atRest: () => Promise<string[]>;
}

export const planBench = (lab: Lab, operator: Operator): PlanBench => {
  const fleet = operator.create.slice(2).filter((word) => word !== "--yes");
  const host = (name: string): LabHost => lab.hosts.find((candidate) => candidate.name === name) ?? expect.fail(`no ${name}`);
  const kbs = async (...words: readonly string[]): Promise<Ended> => await operator.start(words).ended;
  const kubectl = async (line: string): Promise<string> => {
    const command = `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`;
    const { code, stdout, stderr } = await host("h1").run(command, { timeout: 120_000 });
    return code === 0 ? stdout : expect.fail(`kubectl ${line}: ${stderr}`);
  };
  const versions = async (): Promise<string[]> => {
    const names = (await kubectl("api-resources --verbs=list -o name")).split("\n");
    const kinds = names.filter((kind) => kind !== "" && !/^(events|leases|nodes|componentstatuses)(\.|$)/.test(kind)).join(",");
    const objects = await kubectl(
      `get -A ${kinds} -o 'jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}'`,
    );
    const nodes = await kubectl(
      `get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.metadata.labels} {.metadata.annotations} {.spec}{"\\n"}{end}'`,
    );
    return `${objects}${nodes}`.split("\n").toSorted();
  };
  return {
    host,
    edit: async (change) => {
      const file = join(operator.directory, "c.yaml");
      const config: Config = parse(await readFile(file, "utf8"));
      change(config);
      await writeFile(file, stringify(config));
    },
    kbs,
    fleet,
    plan: async (...words) => {
      const ended = await kbs("plan", ...fleet, "-o", "json", ...words);
      return { ...ended, json: JSON.parse(ended.stdout === "" ? expect.fail(ended.stderr) : ended.stdout) };
    },
    apply: async (...words) => {
      const ended = await kbs("apply", ...words, "--yes", "-o", "json");
      return { ...ended, events: eventsOf(ended.stdout) };
    },
    kubectl,
    versions,
    atRest: async () => {
      let last = await versions();
      const isStill = async (): Promise<boolean> => {
        const before = last;
        last = await versions();
        const text = JSON.stringify(last);
        // The controller manager looks every five seconds whether a node is ready, and then takes its taint away.
        return text === JSON.stringify(before) && !text.includes("node.kubernetes.io/not-ready");
      };
      await expect.poll(isStill, { timeout: 90_000, interval: 2000 }).toBe(true);
      return last;
    },
  };
};

/** Expects an end with code 0; else shows what the run said. */
export const expectDone = ({ code, stderr, events }: Applied): void => {
  const troubles = events.filter(({ type, state }) => type === "error" || type === "host-failed" || state === "failed");
  expect({ code, stderr, troubles }).toMatchObject({ code: 0, troubles: [] });
};

/** What an act says of its change begins with what it is called; the kubelet's certificate is named by the second of its making. */
const called = (change: string): string =>
  change
    .replace(/ \(.*\)$/s, "")
    .replace(/^bootstrap token .*/, "bootstrap token")
    .replace(/kubelet-client-[-\d]+/, "kubelet-client-TIME");

/** The changes of a plan, as "host change". */
export const planned = ({ units }: Pick<PlanJson, "units">): string[] =>
  units.flatMap((unit) => unit.changes.map(({ change }) => `${unit.host} ${called(change)}`)).toSorted();

/** Those of a run. */
export const changed = (events: readonly KbsEvent[]): string[] => {
  const made = events.filter(({ type, state }) => type === "change" && state === "changed");
  return [...new Set(made.map(({ host, change = "" }) => `${host} ${called(change)}`))].toSorted();
};

/** What a plan says will end and start again. */
export const restarts = ({ hosts }: Pick<PlanJson, "hosts">): string[] =>
  hosts.flatMap(({ host, restarts: all }) => all.flatMap(({ what, running }) => (running ? [`${host} ${what}`] : []))).toSorted();
