import type { Edit, Step } from "./world.ts";

/** A command whose boundaries are tried, from where to where. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly hosts: number;
  /** From new hosts to where the command begins. */
  readonly prepare: readonly Step[];
  readonly command: Step;
  /** From where the command has ended to where it begins, on the same hosts. Without it each case has new ones. */
  readonly back?: readonly Step[];
  /** So many of the hosts, the first ones, are a cluster at the end. The others are as they were found. */
  readonly nodes: number;
}

const apply = (file?: Edit): Step => ({ words: ["create", "cluster", "-f", "c.yaml", "--bundle", "--yes"], ...(file && { file }) });

const withoutLast: Edit = ({ spec }) => void spec.hosts.pop();

const withFlag: Edit = ({ spec }) => void (spec.kubernetes["apiServer"] = { extraArgs: { "max-requests-inflight": "399" } });

const withKubeletSetting: Edit = ({ spec }) => void (spec.kubernetes["kubelet"] = { ...spec.kubernetes["kubelet"], maxPods: 77 });

const deleteCluster: Step = { words: ["delete", "cluster", "-f", "c.yaml", "--yes"] };

export const scenarios: readonly Scenario[] = [
  { name: "create", title: "create, 1 + 1", hosts: 2, prepare: [], command: apply(), nodes: 2 },
  { name: "create-4", title: "create, 1 + 3", hosts: 4, prepare: [], command: apply(), nodes: 4 },
  { name: "add-worker", title: "a worker is added", hosts: 3, prepare: [apply(withoutLast)], command: apply(), nodes: 3 },
  {
    name: "flag",
    title: "a component's flag is changed",
    hosts: 2,
    prepare: [apply()],
    command: apply(withFlag),
    back: [apply()],
    nodes: 2,
  },
  {
    name: "kubelet",
    title: "a kubelet's setting is changed",
    hosts: 2,
    prepare: [apply()],
    command: apply(withKubeletSetting),
    back: [apply()],
    nodes: 2,
  },
  { name: "delete", title: "the cluster is deleted", hosts: 2, prepare: [apply()], command: deleteCluster, back: [apply()], nodes: 0 },
];

/** @throws Error that lists the names, for a name that is none */
export const scenarioOf = (name: string): Scenario => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`--scenario ${name}: one of ${scenarios.map((scenario) => scenario.name).join(", ")}`);
  return found;
};
