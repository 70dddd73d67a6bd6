import type { RunEvent } from "../../../src/engine/events.ts";
import { ended, type Moment } from "./story.ts";

/** Places in the fleet of the hosts that die in their fourth phase, and of the one that is slow in each. */
const deadPlaces: readonly number[] = [7, 99, 500, 501, 998];
const slowPlace = 300;

const gone = (host: string) => ({ message: `${host} is gone`, exit: "unreachable", hint: "look whether it is up" }) as const;

const unitOf = (phase: string, step: number, host: string, place: number): readonly Moment[] => {
  const isDead = deadPlaces.includes(place);
  const names = { phase, host };
  if (isDead && step > 3)
    return [{ type: "unit-ended", ...names, state: "skipped", changed: 0, took: 0, reason: "an earlier step failed on this host" }];
  const changes = [0, 1].map(
    (change): RunEvent => ({ type: "change", ...names, change: `path:/etc/${phase}/${host}/${change}`, state: "changed" }),
  );
  const end: RunEvent =
    isDead && step === 3
      ? { type: "unit-ended", ...names, state: "failed", changed: 2, took: 1, error: gone(host) }
      : { type: "unit-ended", ...names, state: "done", changed: 2, took: 1 };
  // Long enough to be far from all others, and from the pauses between phases.
  return [...changes, place === slowPlace ? [{ type: "working", ...names }, 900] : { type: "working", ...names }, end];
};

/** Events of a create of many hosts that go side by side: five of a thousand die, one is slow. */
export const fleet = (count: number, phases = 20): readonly Moment[] => {
  const hosts = Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(4, "0")}`);
  const names = Array.from({ length: phases }, (_, index) => `phase-${index + 1}`);
  const machine = { roles: ["worker"], address: "10.0.0.1", os: "Debian 12", kernel: "6.1", architecture: "amd64", cpus: 4, memory: 8e9 };
  const planned = names.map((phase, index): RunEvent => {
    const needs = index === 0 ? [] : [{ phase: `phase-${index}`, on: "here" as const }];
    return { type: "phase-planned", phase, title: `Phase ${index + 1}`, hosts, needs, first: hosts[0] ?? "" };
  });
  // The slow one comes last in each phase, so that nobody waits for it.
  const order = [...hosts.keys()].toSorted((a, b) => Number(a === slowPlace) - Number(b === slowPlace));
  const begin = (phase: string, step: number): RunEvent[] =>
    hosts.flatMap((host, place) => (deadPlaces.includes(place) && step > 3 ? [] : [{ type: "unit-started" as const, phase, host }]));
  return [
    { type: "run-started", run: "fleet", command: "kbs create cluster -f kbs.yaml", cluster: "fleet", hosts },
    ...hosts.map((host): RunEvent => ({ type: "host-facts", host, ...machine })),
    ...planned,
    ...names.flatMap((phase, step): Moment[] => [
      ...begin(phase, step),
      ...order.flatMap((place) => unitOf(phase, step, hosts[place] ?? "", place)),
    ]),
    ended({ exit: "unreachable", changed: count * phases * 2 }),
  ];
};
