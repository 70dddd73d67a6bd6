/** A moment of a run that can be met again in another run of the same: right after a line of a host's journal, or after a phase's end. */
export interface Boundary {
  readonly host: string;
  /** The journal's word, such as "begun" or "done"; "ended" for a phase's end, which only the operator's machine knows. */
  readonly word: string;
  /** The change's id; after "ended" the phase's. */
  readonly what: string;
  /** Which time it is, on this host in this run: 1, 2, … */
  readonly nth: number;
}

const phaseEnd = "ended";

export const isPhaseEnd = ({ word }: Pick<Boundary, "word">): boolean => word === phaseEnd;

/** As `--at` takes it: "h1:done path:/etc/hosts", "h1:ended wait-ready", with " #2" behind the second of its kind. */
export const nameOf = ({ host, word, what, nth }: Boundary): string => `${host}:${word} ${what}${nth > 1 ? ` #${nth}` : ""}`;

/** @throws Error for what is no boundary's name */
export const boundaryOf = (name: string): Boundary => {
  const [, host, word, what, nth = "1"] = /^(\w+):([a-z]+) (.+?)(?: #(\d+))?$/.exec(name) ?? [];
  if (host === undefined || word === undefined || what === undefined)
    throw new Error(`"${name}" is no boundary: HOST:WORD CHANGE, as --list shows them`);
  return { host, word, what, nth: Number(nth) };
};

/** What boundaries have in common: a word and a kind of change, or a phase. */
export const kindOf = ({ word, what }: Boundary): string => (word === phaseEnd ? `${word} ${what}` : `${word} ${what.replace(/:.*/s, "")}`);

/** A boundary that was passed, and when: seconds of this machine's uptime. */
interface Passed {
  readonly at: number;
  readonly host: string;
  readonly word: string;
  readonly what: string;
}

/** The lines "<uptime> <word> <change>" that a host's scripts have left. */
export const passedIn = (host: string, text: string): Passed[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [at = "", word = "", ...what] = line.split(" ");
      return { at: Number(at), host, word, what: what.join(" ") };
    });

interface UnitEnded {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly time?: number;
  readonly host?: string;
  readonly phase?: string;
  readonly state?: string;
}

/**
 * The ends of phases among a run's events.
 * @param booted when this machine booted, in milliseconds since 1970
 */
export const phaseEndsIn = (events: readonly UnitEnded[], booted: number): Passed[] =>
  events.flatMap(({ type, time = 0, host = "", phase = "", state }) =>
    type === "unit-ended" && state === "done" ? [{ at: (time - booted) / 1000, host, word: phaseEnd, what: phase }] : [],
  );

/** All of them in the order of time, each with its count. */
export const inOrder = (passed: readonly Passed[]): Boundary[] => {
  const times = new Map<string, number>();
  return passed
    .toSorted((a, b) => a.at - b.at)
    .map(({ host, word, what }) => {
      const key = `${host}:${word} ${what}`;
      const nth = (times.get(key) ?? 0) + 1;
      times.set(key, nth);
      return { host, word, what, nth };
    });
};
