import { parseArgs } from "node:util";
import { keysOf } from "../../src/shared/objects.ts";
import { type Figures, type Kind, measure } from "./figures.ts";
import { perform, sixTroubled } from "./perform.ts";
import { reportText, writeReport } from "./report.ts";

const help = `npm run simulate -- [--sizes 100,500,1000,2500,5000] [--seed N] [--write]

Preflight of 500 simulated hosts; a create of 1,000 with one slow and five dead ones, with --keep-going and without; and creates of
fleets that grow, each in a process of its own. Fails when one of them does not end as it should. With --write the figures go to
docs/performance.md.`;

const document = new URL("../../docs/performance.md", import.meta.url).pathname;

/** What a preflight of 500 hosts may take: seconds, by the simulated clock and of the processor, and MiB. */
const preflightLimits = { seconds: 10, cpuSeconds: 10, peak: 400 } as const;
/** How much dearer a host may be in the largest fleet than in the first that grew. */
const growth = 1.5;

const kinds: readonly Kind[] = ["preflight", "create", "faults", "refused"];

const show = (kind: Kind, figures: Figures): Figures => {
  console.log(`${kind} ${JSON.stringify(figures)}`);
  return figures;
};

const expectThat = (holds: boolean, what: string): void => {
  if (holds) return;
  console.error(`not so: ${what}`);
  process.exitCode = 1;
};

const judgeSix = (faults: Figures, refused: Figures, seed: number): void => {
  const six = sixTroubled(faults.hosts, seed).six.toSorted().join(", ");
  for (const { named } of [faults, refused]) expectThat(named.join(", ") === six, `the end names exactly ${six}, not ${named.join(", ")}`);
  expectThat(faults.touched === faults.hosts - 5, `all but the five dead are in the cluster, not ${faults.touched}`);
  expectThat(refused.touched === 0, `without --keep-going nothing is changed anywhere, not on ${refused.touched} hosts`);
};

/** Cost of a host in the fleets that are larger than the first, each against the one before it. */
const judgeGrowth = (creates: readonly Figures[], figure: (run: Figures) => number, what: string): void => {
  const slopes = creates.slice(1).map((run, nth) => {
    const before = creates[nth];
    return before ? (figure(run) - figure(before)) / (run.hosts - before.hosts) : 0;
  });
  const [first = 0, last = 0] = [slopes[0], slopes.at(-1)];
  expectThat(last <= first * growth, `${what} for a host more grows from ${first.toFixed(3)} to ${last.toFixed(3)}`);
};

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "100,500,1000,2500,5000" },
    seed: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
    child: { type: "string" },
    hosts: { type: "string", default: "3" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const seed = Number(values.seed);

const main = async (): Promise<void> => {
  const preflight = show("preflight", await measure("preflight", 500, seed));
  for (const name of keysOf(preflightLimits))
    expectThat(
      preflight[name] <= preflightLimits[name],
      `${name} of a preflight of 500 hosts is at most ${preflightLimits[name]}, not ${preflight[name]}`,
    );
  const refused = show("refused", await measure("refused", 1000, seed));
  const faults = show("faults", await measure("faults", 1000, seed));
  judgeSix(faults, refused, seed);
  const creates: Figures[] = [];
  for (const size of values.sizes.split(",").map(Number)) {
    const figures = show("create", await measure("create", size, seed));
    expectThat(figures.exit === "done" && figures.touched === size, `a create of ${size} hosts is done`);
    creates.push(figures);
  }
  judgeGrowth(creates, ({ cpuSeconds }) => cpuSeconds, "processor time (s)");
  judgeGrowth(creates, ({ peak }) => peak, "memory (MiB)");
  const text = reportText({ date: new Date(), seed, preflight, faults, refused, creates });
  console.log(text);
  if (values.write) await writeReport(document, text);
};

const child = kinds.find((kind) => kind === values.child);
if (values.help) console.log(help);
else if (child) console.log(JSON.stringify(await perform(child, Number(values.hosts), seed)));
else await main();
