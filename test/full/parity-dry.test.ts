import { expect, test } from "vitest";
import { mergeDeep } from "../../src/templates/merge.ts";
import { type ParityCase, parityCases } from "../support/parity/cases.ts";
import { compare } from "../support/parity/compare.ts";
import type { Wishes } from "../support/parity/config.ts";
import { dryRuns } from "../support/parity/dry.ts";
import { fragments } from "../support/parity/fragments.ts";
import { judgeUnlisted } from "../support/parity/observed.ts";
import { stacks } from "../support/parity/stacks.ts";
import { randomOf, shuffled } from "../support/random.ts";

// Dry runs of kubeadm and of kbs on this machine: many configurations, since none takes a host. Needs root and the lab's kubeadm; changes nothing.

/** What kbs would write otherwise, though docs/observed.md does not say so. */
const unlisted = async (wishes: Wishes, { prepare, kubernetes }: Pick<ParityCase, "prepare" | "kubernetes"> = {}): Promise<string[]> => {
  const { kubeadm, kbs } = await dryRuns(wishes, prepare, kubernetes);
  return judgeUnlisted(compare(kubeadm, kbs));
};

const ofFile = parityCases.filter(({ joins, flags, ipv6 }) => joins === undefined && flags === undefined && ipv6 === undefined);

test.each(ofFile.map((kase) => [kase.says, kase] as const))(
  "%s: kbs would write what kubeadm would",
  async (_says, { wishes, ...kase }) => {
    expect(await unlisted(wishes ?? {}, kase)).toEqual([]);
  },
);

test.each(Object.entries(stacks))("%s: kbs would write what kubeadm would", async (_says, wishes) => {
  expect(await unlisted(wishes)).toEqual([]);
});

const merged = (all: readonly Wishes[]): Wishes => {
  const kinds = [...new Set(all.flatMap((wishes) => Object.keys(wishes)))];
  const of = (kind: string) => all.reduce((fields: Readonly<Record<string, unknown>>, wishes) => mergeDeep(fields, wishes[kind] ?? {}), {});
  return Object.fromEntries(kinds.map((kind) => [kind, of(kind)]));
};

/** Seeds of configurations that are put together of some fragments each. */
const seeds = Array.from({ length: 12 }, (_, nth) => nth + 1);

test.each(seeds)("configuration %i of fragments that are drawn: kbs would write what kubeadm would", async (seed) => {
  const next = randomOf(seed, "parity");
  const some = shuffled(fragments, next).slice(0, 3 + Math.floor(next() * 5));
  expect(await unlisted(merged(some))).toEqual([]);
});
