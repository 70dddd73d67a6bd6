import { createLimit } from "../../engine/limit.ts";
import { readFact } from "../../facts/index.ts";
import { openChanges } from "../../facts/journal.ts";
import type { FleetOptions } from "../options.ts";
import type { Survey } from "../survey.ts";

/** Milliseconds for a host to read its journal. */
const within = 30_000;

/** Whether a host's journal has changes that were begun and that nobody has finished: a run must then say how they stand, though all is as wished. */
export const isAnythingOpen = async (
  { fleet }: Pick<Survey, "fleet">,
  hosts: Iterable<string>,
  { signal, concurrency }: Pick<FleetOptions, "signal" | "concurrency">,
): Promise<boolean> => {
  const limit = createLimit(concurrency);
  const questions = [openChanges.question];
  const ask = async (host: string): Promise<boolean> => {
    const reply = await fleet.doors.get(host)?.send({ kind: "ask", questions }, { signal, timeout: within });
    return reply !== undefined && (readFact(openChanges, questions, reply.records) ?? []).length > 0;
  };
  return (await Promise.all([...hosts].map((host) => limit(() => ask(host))))).some(Boolean);
};
