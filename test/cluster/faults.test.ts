import { afterAll, beforeAll, expect, test } from "vitest";
import { type Boundary, nameOf } from "../faults/boundary.ts";
import { casesFor, repeatOf, sampleOf } from "../faults/cases.ts";
import { journalText } from "../faults/host-side.ts";
import { performCase, type Stage } from "../faults/perform-case.ts";
import { makeReference } from "../faults/reference.ts";
import { scenarioOf } from "../faults/scenarios.ts";
import { leave, newWorld, type World } from "../faults/world.ts";

// A sample of `npm run faults`: creates that are killed at some of their boundaries, again and again, on one pair of hosts.

/** `KBS_SEED`, or the same as the last time: what fails once fails again. */
const seed = Number(process.env["KBS_SEED"] ?? 7);
const scenario = scenarioOf("create");

let world: World | undefined;
const renew = async (): Promise<World> => {
  await leave(world);
  world = await newWorld(scenario.hosts);
  return world;
};
afterAll(() => leave(world));

let stage: Omit<Stage, "world">;
let boundaries: readonly Boundary[];
beforeAll(async () => {
  const reference = await makeReference(await renew(), scenario);
  boundaries = reference.boundaries;
  stage = { scenario, command: scenario.command, wished: reference.state, found: [], seed };
});

/** Boundaries of different kinds, as the seed draws them. */
const some = (count: number): readonly Boundary[] =>
  sampleOf(casesFor(boundaries, { scenario: scenario.name, seed, series: 0 }), count).flatMap(({ at }) => at);

/** What the hosts say of all that was done to them: the next run of the test has other hosts. */
const journals = ({ lab }: World): string => lab.hosts.map((host) => `${host.name}\n${journalText(host) ?? "(no journal)"}`).join("\n");

test(`a create that is killed at eight boundaries (KBS_SEED=${seed}) converges, though its local state is lost`, async () => {
  const one = { scenario: scenario.name, fault: "kill-both", at: some(8), forgets: true } as const;
  const fresh = await renew();
  const { outcome, cuts, troubles } = await performCase({ ...stage, world: fresh }, one);
  console.log(`killed at ${cuts.map(([name]) => name).join(", ")}; again: ${repeatOf(one)}`);
  if (outcome === "failed") console.log(journals(fresh));
  expect({ outcome, troubles }).toEqual({ outcome: "converged", troubles: [] });
  expect(cuts.length, `cuts among ${one.at.map(nameOf).join(", ")}`).toBeGreaterThan(2);
});
