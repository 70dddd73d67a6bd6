import { changeId } from "../../changes/change.ts";
import { type Foreseen, notCompared, type Seen } from "../../engine/foresee.ts";
import { nameOf } from "../../engine/plan/names.ts";
import type { FoundFiles } from "../../facts/file-contents.ts";
import { sha256 } from "../../shared/sha256.ts";

/** What a plan was made from: by a name that a person understands, the state in words, or a digest of it. */
export type FactsReliedOn = Readonly<Record<string, string>>;

const digest = (text: string | Buffer): string => `sha256:${sha256(text)}`;

/** The kubelet's certificate is named by the second of its making. */
const timeless = (text: string): string => text.replaceAll(/kubelet-client-\d{4}(?:-\d\d){5}\.pem/g, "kubelet-client-TIME.pem");

/** What is wished, as far as it is the same whenever it is asked; undefined for what is random, as all is that names a CA yet to be made. */
const wishText = ({ wish, differs }: Seen): string | undefined => {
  if (wish === undefined || differs === notCompared) return undefined;
  if (wish.kind === "made") return wish.keep === undefined ? (wish.reason ?? "") : `keep ${wish.keep}`;
  if (wish.kind === "file") return wish.secret ? undefined : digest(wish.content);
  if (wish.kind === "object" && wish.object.kind === "Secret") return undefined;
  return JSON.stringify(wish);
};

const stateOf = ({ differs, wish }: Seen, found: FoundFiles | undefined): string => {
  if (differs === "") return "as wished";
  const there = wish && "path" in wish ? found?.get(wish.path)?.digest : undefined;
  return there === undefined ? differs : `${differs}, sha256:${there}`;
};

/** Every state that was compared, and what each was compared with. Nothing of it is secret: contents are told by digests. */
export const factsReliedOn = <Context>(
  foreseen: Foreseen<Context>,
  contents: ReadonlyMap<string, FoundFiles>,
  members: ReadonlyMap<string, boolean>,
): FactsReliedOn => {
  const facts: Record<string, string> = {};
  for (const [host, isMember] of members) facts[`${host}: member`] = isMember ? "has joined" : "has not joined";
  for (const { unit, seen, knownAfter } of foreseen.units) {
    if (knownAfter !== undefined) facts[`${unit.host}: ${unit.phase.title}`] = `known after ${knownAfter}`;
    for (const one of seen) {
      const name = `${unit.host}: ${timeless(nameOf(one.wish ? changeId(one.wish) : one.change))}`;
      facts[name] = timeless(stateOf(one, contents.get(unit.host)));
      const wish = wishText(one);
      if (wish !== undefined) facts[`${name} (wish)`] = digest(timeless(wish));
    }
  }
  return facts;
};

const isWish = (name: string): boolean => name.endsWith(" (wish)");

const brief = (state: string | undefined): string =>
  (state ?? "not looked at").replaceAll("\n", ", ").replaceAll(/, sha256:[0-9a-f]+/g, "");

const sentence = (name: string, before: string | undefined, now: string | undefined): string => {
  const [host, subject] = [name.slice(0, name.indexOf(": ")), name.slice(name.indexOf(": ") + 2)];
  if (subject === "member") return now === "has joined" ? `${host} has joined meanwhile` : `${host} no longer belongs to the cluster`;
  if (isWish(name)) return `${host}: what is wished for ${subject.replace(/ \(wish\)$/, "")} is made from facts that have changed`;
  const [was, is] = [brief(before), brief(now)];
  const how = was === is ? "its content is another now" : `it was: ${was}; it is: ${is}`;
  return `${host}: ${subject} has changed since the plan was made (${how})`;
};

/** What has changed from one plan's facts to another's, a sentence each. A wish is told only where its state is not. */
export const changedFacts = (before: FactsReliedOn, now: FactsReliedOn): readonly string[] => {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => before[name] !== now[name]);
  const told = new Set(names.filter((name) => !isWish(name)));
  return names
    .filter((name) => !isWish(name) || !told.has(name.replace(/ \(wish\)$/, "")))
    .map((name) => sentence(name, before[name], now[name]));
};
