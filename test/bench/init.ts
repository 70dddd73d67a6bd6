import { versions } from "../lab/go-recipes.ts";
import { seconds } from "./figures.ts";
import { type InitPair, initReport } from "./init-report.ts";
import { buildExecutable, type InitRun, type KbsInit, measureKbsInit, measureKubeadmInit } from "./init-runs.ts";

/** Races `kbs init` against `kubeadm init`, each time on a new machine that packages have prepared. @returns the figures as Markdown */
export const raceInit = async (runs: number, name: string, log: (line: string) => void): Promise<string> => {
  await buildExecutable();
  const told = <T extends InitRun>(who: string, run: T): T => {
    log(`${who} init: applied after ${seconds(run.applied)} s, ended after ${seconds(run.ended)} s`);
    return run;
  };
  const kbs = async (): Promise<KbsInit> => told("kbs", await measureKbsInit(name));
  const kubeadm = async (): Promise<InitRun> => told("kubeadm", await measureKubeadmInit(name));
  const pairs: InitPair[] = [];
  while (pairs.length < runs) {
    // In turns, so that a machine that grows slower or faster favours neither.
    if (pairs.length % 2 === 0) pairs.push({ kbs: await kbs(), kubeadm: await kubeadm() });
    else {
      const first = await kubeadm();
      pairs.push({ kbs: await kbs(), kubeadm: first });
    }
  }
  return initReport(pairs, versions.kubernetes, new Date());
};
