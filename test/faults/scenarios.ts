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
  /** Its way back is one step, which passes the same boundaries: every second case disturbs that one, so no run is spent on the way alone. */
  readonly bothWays?: true;
  /** So many of the hosts, the first ones, are a cluster at the end that is compared. */
  readonly nodes: number;
  /** So many of the hosts, the last ones, are as they were found at the end. */
  readonly bare: number;
  /** It does what it is told each time, so one run more has changes, too. */
  readonly repeats?: true;
  /**
   * Before it is disturbed all is well, and the kubelets are started anew: what has ended several times within ten minutes they hold back for up to
   * five (CrashLoopBackOff), and what this command ends, it ends each time.
   */
  readonly rests?: true;
}

const create = (file?: Edit): Step => ({ words: ["create", "cluster", "-f", "c.yaml", "--bundle", "--yes"], ...(file && { file }) });
const apply = (file?: Edit): Step => ({ words: ["apply", "-f", "c.yaml", "--bundle", "--yes"], ...(file && { file }) });

const withoutLast: Edit = ({ spec }) => void spec.hosts.pop();

const withFlag: Edit = ({ spec }) => void (spec.kubernetes["apiServer"] = { extraArgs: { "max-requests-inflight": "399" } });

const withKubeletSetting: Edit = ({ spec }) => void (spec.kubernetes["kubelet"] = { ...spec.kubernetes["kubelet"], maxPods: 77 });

/** So many control planes, the first hosts. */
const planes =
  (count: number, without: Edit = () => undefined): Edit =>
  (config) => {
    for (const host of config.spec.hosts.slice(0, count)) host.roles = ["control-plane"];
    without(config);
  };

const deletePlane: Step = { words: ["delete", "node", "h3", "-f", "c.yaml", "--yes"], file: planes(3) };

const deleteCluster: Step = { words: ["delete", "cluster", "-f", "c.yaml", "--yes"] };
const deleteWorker: Step = { words: ["delete", "node", "h2", "-f", "c.yaml", "--yes"] };
const resetWorker: Step = { words: ["reset", "-f", "c.yaml", "--limit", "h2", "--yes"] };

/** What a new cluster lets machines in by, for all its runs. */
const token = "fault5.0123456789abcdef";
const init: Step = { words: ["init", "--token", token], on: "h1" };
const join: Step = { words: ["join", "h1:6443", "--token", token, "--discovery-token-unsafe-skip-ca-verification"], on: "h2" };

export const scenarios: readonly Scenario[] = [
  { name: "create", title: "create, 1 + 1", hosts: 2, prepare: [], command: create(), nodes: 2, bare: 0 },
  { name: "create-ha", title: "create, 3 + 1", hosts: 4, prepare: [], command: create(planes(3)), nodes: 4, bare: 0 },
  {
    name: "add-control-plane",
    title: "apply: a new control plane",
    hosts: 2,
    prepare: [create(planes(2, withoutLast))],
    command: apply(planes(2)),
    back: [{ words: ["delete", "node", "h2", "-f", "c.yaml", "--yes"], file: planes(2) }],
    nodes: 2,
    bare: 0,
  },
  {
    name: "delete-control-plane",
    title: "delete node: a control plane",
    hosts: 3,
    prepare: [create(planes(3))],
    command: deletePlane,
    back: [apply(planes(3))],
    nodes: 2,
    bare: 1,
  },
  { name: "create-4", title: "create, 1 + 3", hosts: 4, prepare: [], command: create(), nodes: 4, bare: 0 },
  {
    name: "add-worker",
    title: "apply: a new worker",
    hosts: 2,
    prepare: [create(withoutLast)],
    command: apply(),
    back: [deleteWorker],
    nodes: 2,
    bare: 0,
  },
  {
    name: "flag",
    title: "apply: a component's flag",
    hosts: 2,
    prepare: [create()],
    command: apply(withFlag),
    back: [apply()],
    bothWays: true,
    nodes: 2,
    bare: 0,
    rests: true,
  },
  {
    name: "kubelet",
    title: "apply: a kubelet's setting",
    hosts: 2,
    prepare: [create()],
    command: apply(withKubeletSetting),
    back: [apply()],
    bothWays: true,
    nodes: 2,
    bare: 0,
  },
  {
    name: "renew",
    title: "certs renew all",
    hosts: 2,
    prepare: [create()],
    command: { words: ["certs", "renew", "all", "-f", "c.yaml"] },
    nodes: 2,
    bare: 0,
    repeats: true,
    rests: true,
  },
  { name: "delete-worker", title: "delete node", hosts: 2, prepare: [create()], command: deleteWorker, back: [apply()], nodes: 1, bare: 1 },
  { name: "reset", title: "reset of a worker", hosts: 2, prepare: [create()], command: resetWorker, back: [apply()], nodes: 0, bare: 1 },
  { name: "delete", title: "delete cluster", hosts: 2, prepare: [create()], command: deleteCluster, back: [create()], nodes: 0, bare: 2 },
  { name: "init", title: "init, on the machine", hosts: 1, prepare: [], command: init, nodes: 1, bare: 0 },
  { name: "join", title: "join, on the machine", hosts: 2, prepare: [init], command: join, nodes: 2, bare: 0 },
];

/** The hosts on which a scenario types its lines. */
export const machinesOf = ({ prepare, command, back = [] }: Scenario): readonly string[] => [
  ...new Set([...prepare, command, ...back].flatMap(({ on }) => on ?? [])),
];

/** @throws Error that lists the names, for a name that is none */
export const scenarioOf = (name: string): Scenario => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`--scenario ${name}: one of ${scenarios.map((scenario) => scenario.name).join(", ")}`);
  return found;
};
