import type { Evidence, HostEvidence } from "./evidence.ts";
import type { ContainerState } from "./questions/containers.ts";
import type { LogLine } from "./questions/log.ts";
import type { Cause } from "./rule.ts";

// What rules share: ways of looking at evidence.

/** Milliseconds since 1970 by the host's own clock. */
export const nowOn = ({ facts }: HostEvidence): number => facts.clock.epochMs ?? (facts.asked.from + facts.asked.to) / 2;

/** Milliseconds: what a log told before that may be long cured. */
const recently = 10 * 60_000;

/** Texts of a log that are recent by the host's clock and match, the newest last, without repetition. Lines without a time count as recent. */
export const seenIn = (log: readonly LogLine[], pattern: RegExp, on: HostEvidence, within: number = recently): readonly string[] => {
  const since = nowOn(on) - within;
  const texts = log.flatMap(({ at, text }) => ((at ?? since) >= since && pattern.test(text) ? [text.trim()] : []));
  return [...new Set(texts)];
};

/** The last few, each cut to a readable length. */
export const few = (texts: readonly string[], count = 3): readonly string[] =>
  texts.slice(-count).map((text) => (text.length > 400 ? `${text.slice(0, 397)}...` : text));

/** Whether kbs has made the host part of a cluster: before that, what is missing there is no fault. */
export const isMember = ({ facts }: HostEvidence): boolean => facts.ownership !== undefined;

export const isControlPlane = ({ host }: HostEvidence): boolean => host.roles.includes("control-plane");

/** The name of a component's static pod is that of its container. */
export const containerNamed = ({ containers }: HostEvidence, name: string): ContainerState | undefined =>
  containers.find(({ container }) => container === name);

/** Asks each host that answered and is part of a cluster. */
export const onEachMember = (
  ask: (on: HostEvidence, all: Evidence) => Omit<Cause, "host"> | undefined,
): ((evidence: Evidence) => readonly Cause[]) => onEach((on, all) => (isMember(on) ? ask(on, all) : undefined));

/** Asks each host that answered. */
export const onEach =
  (ask: (on: HostEvidence, all: Evidence) => Omit<Cause, "host"> | undefined): ((evidence: Evidence) => readonly Cause[]) =>
  (evidence) =>
    evidence.hosts.flatMap((on) => {
      const found = ask(on, evidence);
      return found === undefined ? [] : [{ host: on.host.name, ...found }];
    });
