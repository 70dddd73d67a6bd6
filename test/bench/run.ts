import { join } from "node:path";
import { parseArgs } from "node:util";
import { createPhases } from "../../src/actions/apply/create-phases.ts";
import { criticalPath, type Step } from "../../src/engine/report/critical-path.ts";
import { versions } from "../lab/go-recipes.ts";
import { kubeadmArchives, type Lab, labBundle, nameEndpoint, startLab } from "../lab/index.ts";
import { median, seconds } from "./figures.ts";
import type { Size } from "./probe.ts";
import { connectionsOf, haMarker, initMarker, type Pair, reportText, writeReport } from "./report.ts";
import { buildKbs, type KbsRun, type Measured, measureKbs, measureKubeadm } from "./runs.ts";

const help = `Compares kbs with a careful script around kubeadm, on new hosts each time, and writes docs/performance.md.

npm run bench -- [ha | init] [--runs N] [--name NAME] [--dry]
  ha         three control planes and a worker instead of one and two
  init       kbs init against kubeadm init on one machine instead, that packages have prepared
  --runs N   pairs of runs; when not told 3, and of init 5
  --name N   name of the lab, bench when not told
  --dry      print the figures, and leave the document as it is
`;

const began = Date.now();
const log = (line: string): void => console.error(`${seconds(Date.now() - began).padStart(7)} s  ${line}`);

const sizes: Readonly<Record<string, { readonly size: Size; readonly marker?: typeof haMarker }>> = {
  fleet: { size: { hosts: 3, controlPlanes: 1 } },
  ha: { size: { hosts: 4, controlPlanes: 3 }, marker: haMarker },
};
const document = join(import.meta.dirname, "../../docs/performance.md");

/** A step on hosts that nothing was done to before. */
const onNewHosts = async <T>(name: string, { hosts, controlPlanes }: Size, step: (lab: Lab) => Promise<T>): Promise<T> => {
  const lab = await startLab({ name, hosts });
  try {
    if (controlPlanes > 1) await nameEndpoint(lab);
    return await step(lab);
  } finally {
    await lab.stop();
  }
};

const needs = new Map(createPhases.map(({ id, needs: of = [] }) => [id, of]));

/** What was done, in milliseconds since the start of the process. */
const stepsOf = ({ events, started }: KbsRun): Step[] =>
  events.flatMap((event) => {
    if (event.type !== "unit-ended" || event.state !== "done") return [];
    const to = event.time - started;
    return [{ phase: event.phase, host: event.host, from: to - event.took, to }];
  });

/** The run whose time is nearest to the median. */
const middle = (runs: readonly KbsRun[]): KbsRun => {
  const target = median(runs.map(({ ready }) => ready));
  const [nearest] = runs.toSorted((left, right) => Math.abs(left.ready - target) - Math.abs(right.ready - target));
  if (!nearest) throw new RangeError("no runs");
  return nearest;
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: "string" },
      name: { type: "string", default: "bench" },
      dry: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(help);
  const [what = "fleet", ...more] = positionals;
  const { size, marker } = sizes[what] ?? {};
  if ((size === undefined && what !== "init") || more.length > 0)
    throw new Error(`${positionals.join(" ")}: there is ha, init, or nothing`);
  const runs = Number(values.runs ?? (what === "init" ? 5 : 3));
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: a whole number from 1 on`);

  if (size === undefined) {
    const { raceInit } = await import("./init.ts");
    const figures = await raceInit(runs, values.name, log);
    console.log(figures);
    if (!values.dry) await writeReport(document, figures, initMarker);
    return;
  }
  await buildKbs();
  const bundle = await labBundle(log);
  const archives = await kubeadmArchives({ flavour: "bare" }, log);
  const kbs = async (): Promise<KbsRun> => {
    const run = await onNewHosts(values.name, size, (lab) => measureKbs(lab, bundle, size.controlPlanes));
    const channels = connectionsOf(run).map((connection) => `${connection.host} ${connection.channels}`);
    log(`kbs: ready after ${seconds(run.ready)} s, SSH channels ${channels.join(", ")}`);
    return run;
  };
  const kubeadm = async (): Promise<Measured> => {
    const run = await onNewHosts(values.name, size, (lab) => measureKubeadm(lab, archives, size.controlPlanes));
    log(`scripted kubeadm: ready after ${seconds(run.ready)} s`);
    return run;
  };
  const pairs: Pair[] = [];
  while (pairs.length < runs) {
    // In turns, so that a machine that grows slower or faster favours neither.
    if (pairs.length % 2 === 0) pairs.push({ kbs: await kbs(), kubeadm: await kubeadm() });
    else {
      const first = await kubeadm();
      pairs.push({ kbs: await kbs(), kubeadm: first });
    }
  }
  const run = middle(pairs.map((pair) => pair.kbs));
  const steps = stepsOf(run);
  const last = steps.findLast(({ phase }) => phase === "wait-ready");
  const path = criticalPath(steps, { needs, first: "h1", survey: ["connect", "gather-facts", "compare"] }, last, run.ready);
  const text = reportText({ pairs, size, kubernetes: versions.kubernetes, date: new Date(), path });
  console.log(text);
  if (!values.dry) await writeReport(document, text, marker);
};

// Labs of this process are leftovers once it has ended, and removed by the next one that starts.
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
