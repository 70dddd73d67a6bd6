import type { Host } from "../changes/host.ts";
import { unlockScript } from "../changes/sh/unlock.ts";
import { toEventError } from "../engine/events.ts";
import { asUserError } from "../engine/run.ts";
import { readFact } from "../facts/index.ts";
import { type HolderFact, holder } from "../facts/journal.ts";
import { UserError } from "../shared/errors.ts";
import { quote } from "../shared/quote.ts";
import { askFleet } from "./fleet/ask-fleet.ts";
import { connectFleet, type Fleet } from "./fleet/connect.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";
import { chosenNames, readCluster } from "./survey.ts";

export interface UnlockOptions extends FleetOptions {
  /** Shows the sentence and wants the word typed; true when it was. */
  readonly confirm: (sentence: string, word: string) => Promise<boolean>;
}

/** Milliseconds for a host to end what the other run has left there. */
const within = 60_000;

/** Whose a host is, as a sentence. */
const holderText = ({ by = "somebody", pid, command, started, alive }: HolderFact): string => {
  const who = `${by}${pid === undefined ? "" : ` (process ${pid} there)`}`;
  const what = command === undefined ? "" : `, by ${JSON.stringify(command)}`;
  const since = started === undefined ? "" : `, since ${started}`;
  const life = alive ? "; it is alive" : "; its process on the host is gone, so the next run takes the host by itself";
  return `held for ${who}${what}${since}${life}`;
};

const unlock = async (host: Host, run: string, signal: AbortSignal): Promise<boolean> => {
  const script = `${unlockScript}\nunlock ${quote(run)}`;
  const { records } = await host.send({ kind: "run", script }, { signal, timeout: within });
  const said = records[0]?.output.toString().trim() ?? "";
  if (records[0]?.code !== 0) throw new UserError("the lease could not be taken away", { exit: "phase", host: host.name, output: said });
  return said !== "gone";
};

const phase = "unlock";

const tellUnlock = async (
  host: string,
  run: string,
  { doors }: Fleet,
  { bus, signal }: FleetOptions,
): Promise<"unlocked" | "gone" | UserError> => {
  const began = Date.now();
  bus.emit({ type: "unit-started", phase, host });
  const end = (state: "done" | "failed", changed: number, error?: UserError): void =>
    bus.emit({ type: "unit-ended", phase, host, state, changed, took: Date.now() - began, ...(error && { error: toEventError(error) }) });
  try {
    const door = doors.get(host);
    const isOurs = door !== undefined && (await unlock(door, run, signal));
    if (isOurs) bus.emit({ type: "change", phase, host, change: `lease of ${run}`, state: "changed" });
    end("done", isOurs ? 1 : 0);
    return isOurs ? "unlocked" : "gone";
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asUserError(thrown, host);
    end("failed", 0, error);
    return error;
  }
};

/**
 * Takes the leases of other runs away, once a person has seen whose they are. The other run notices: its connection is told that the lease is
 * lost, and whatever it still sends is turned away.
 * @throws UserError when it is not confirmed
 */
export const unlockCluster = async (options: UnlockOptions): Promise<ActionOutcome> => {
  const { bus } = options;
  const cluster = await readCluster(options);
  const chosen = chosenNames(cluster, options.limit);
  const fleet = await connectFleet(
    cluster.hosts.filter(({ name }) => chosen.has(name)),
    options,
  );
  try {
    const asked = { phase: "ask-holder", title: "Ask whose the hosts are", questions: [holder.question] };
    const { answers, failures } = await askFleet(cluster, chosen, fleet, asked, options);
    const held = [...answers].flatMap(([host, records]): [string, HolderFact][] => {
      const found = readFact(holder, asked.questions, records);
      return found ? [[host, found]] : [];
    });
    for (const [host, found] of held) bus.emit({ type: "warning", host, text: holderText(found) });
    const exit = worstExit([...failures.values()].map(({ exit: why }) => why));
    if (held.length === 0) return { exit, changed: 0, next: [] };
    const sentence = `This ends what these runs do on ${held.map(([host]) => host).join(", ")}: ${[...new Set(held.map(([, found]) => holderText(found)))].join("; ")}.`;
    if (!(await options.confirm(sentence, cluster.name))) throw new UserError("not confirmed; nothing was unlocked");
    bus.emit({ type: "phase-planned", phase, title: "Take the leases away", hosts: held.map(([host]) => host) });
    const unlocked = await Promise.all(held.map(([host, { run }]) => tellUnlock(host, run, fleet, options)));
    const changed = unlocked.filter((end) => end === "unlocked").length;
    return {
      exit: worstExit([exit, ...unlocked.flatMap((end) => (typeof end === "string" ? [] : [end.exit]))]),
      changed,
      next: ["kbs history    # what the other run has done, and left open"],
    };
  } finally {
    await fleet.close();
  }
};
