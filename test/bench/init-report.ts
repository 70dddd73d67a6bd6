import { cpus, totalmem } from "node:os";
import { median, seconds, spread } from "./figures.ts";
import type { InitRun, KbsInit } from "./init-runs.ts";

/** One of each, on like machines, one right after the other. */
export interface InitPair {
  readonly kbs: KbsInit;
  readonly kubeadm: InitRun;
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const ratios = (pairs: readonly InitPair[], figure: (run: InitRun) => number): readonly number[] =>
  pairs.map(({ kbs, kubeadm }) => figure(kbs) / figure(kubeadm));

const line = (what: string, pairs: readonly InitPair[], figure: (run: InitRun) => number): string => {
  const of = (runs: readonly InitRun[]): string => spread(runs.map(figure), seconds);
  const each = ratios(pairs, figure);
  return row([
    what,
    of(pairs.map(({ kbs }) => kbs)),
    of(pairs.map(({ kubeadm }) => kubeadm)),
    `**${median(each).toFixed(2)}** (${each.map((ratio) => ratio.toFixed(2)).join(", ")})`,
  ]);
};

/** What the steps of a run took, as its events tell: those of some length, by their end. */
const steps = ({ events, started }: KbsInit): readonly string[] =>
  events
    .flatMap((event) => (event.type === "unit-ended" && event.state === "done" && event.took >= 50 ? [event] : []))
    .map(({ phase, time, took }) => row([phase, seconds(time - took - started), seconds(time - started)]));

/** The figures as Markdown. */
export const initReport = (pairs: readonly InitPair[], kubernetes: string, date: Date): string => {
  const processor = cpus();
  const target = median(pairs.map(({ kbs }) => kbs.ended));
  const [middle] = pairs.map(({ kbs }) => kbs).toSorted((left, right) => Math.abs(left.ended - target) - Math.abs(right.ended - target));
  return `${date.toISOString().slice(0, 10)}, Kubernetes ${kubernetes}, ${pairs.length} pairs of runs, in turns. Machine: ${processor.length} × ${
    processor[0]?.model.trim() ?? "unknown processor"
  }, ${Math.round(totalmem() / 1024 ** 3)} GiB.

| seconds, median (least – most) | kbs init | kubeadm init | kbs : kubeadm, median (by pair) |
| --- | --- | --- | --- |
${line("until the command ended", pairs, ({ ended }) => ended)}
${line("until the API answered, with DNS and kube-proxy in it", pairs, ({ applied }) => applied)}

Steps of kbs in the run of the median, those of 50 ms or more:

| step | from (s) | to (s) |
| --- | --- | --- |
${middle ? steps(middle).join("\n") : ""}
`;
};
