import type { Host } from "../../changes/host.ts";
import { askFacts, type HostFacts, parseFacts, readFact } from "../../facts/index.ts";
import { kubeletIdentity } from "../../facts/kubelet-identity.ts";
import { packaged } from "../../facts/packaged.ts";
import { systemd } from "../../facts/systemd.ts";
import { timeSync } from "../../facts/time-sync.ts";
import type { FleetOptions } from "../options.ts";
import { reach } from "./connect.ts";
import { thisMachine } from "./here.ts";

/** What every host is asked, whatever its cluster is to be. */
export interface General {
  readonly facts: HostFacts;
  /** Its kubelet has its client certificate. */
  readonly joined: boolean;
}

/** Milliseconds for all answers. */
const within = 120_000;

/** What takes as long as all the rest together is asked beside it, by shells of its own: on this machine they cost no log-in. */
const beside: readonly (readonly string[])[] = [[packaged.id], [timeSync.id, systemd.id]];

const ask = async (door: Host, signal: AbortSignal): Promise<General> => {
  const questions = [...askFacts(), kubeletIdentity.question];
  const from = Date.now();
  let to = from;
  const askThose = async (isAsked: (id: string) => boolean, onRecord?: () => void) => {
    const chosen = questions.flatMap((question, index) => (isAsked(question.id) ? [{ question, index }] : []));
    const asked = chosen.map(({ question }) => question);
    const { records } = await door.send({ kind: "ask", questions: asked }, { signal, timeout: within, ...(onRecord && { onRecord }) });
    return records.map((record) => ({ ...record, index: chosen[record.index]?.index ?? -1 }));
  };
  const rest = askThose(
    (id) => !beside.flat().includes(id),
    () => {
      // The first answer tells the clock.
      if (to === from) to = Date.now();
    },
  );
  const records = (await Promise.all([rest, ...beside.map((ids) => askThose((id) => ids.includes(id)))])).flat();
  return { facts: parseFacts(records, { from, to }), joined: readFact(kubeletIdentity, questions, records) ?? false };
};

/** Asks this machine while it is still being read what is to be made of it. Changes nothing. Whoever awaits it hears why it failed. */
export const askAhead = (options: FleetOptions): Promise<General> => {
  const asking = async (): Promise<General> => {
    const { host: door } = await (options.connect ?? reach)(thisMachine(), options);
    try {
      return await ask(door, options.signal);
    } finally {
      await door.close();
    }
  };
  const answers = asking();
  answers.catch(() => undefined);
  return answers;
};
