import { nearest } from "../../../shared/nearest.ts";
import { didYouMean, type Finding, oneOf, show } from "../../problems.ts";
import type { Path } from "../../schema.ts";
import type { BootstrapToken } from "../file-types.ts";
import { judgeDuration } from "./parts.ts";
import { judgeText, type KubeadmRule, of, when } from "./rule.ts";

const form = /^[a-z0-9]{6}\.[a-z0-9]{16}$/;

/** A bootstrap token. What is written is a secret even where it is wrong, so it is not shown. */
export const judgeToken = (path: Path, text: string): readonly Finding[] =>
  when(!form.test(text), {
    path,
    message: "is not a token: six characters, a dot, sixteen characters, all of a-z and 0-9",
    hint: "`kbs token generate` makes one",
  });

const usages = ["signing", "authentication"] as const;

const judgeUsages = (path: Path, { usages: written = [], groups = [] }: BootstrapToken): readonly Finding[] => [
  ...written.flatMap((usage, index) =>
    when(!usages.some((known) => known === usage), {
      path: [...path, "usages", index],
      message: `must be ${oneOf(usages)}, not ${show(usage)}`,
      hint: didYouMean(nearest(usage, usages)),
    }),
  ),
  ...groups.flatMap((group, index) =>
    when(!/^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/.test(group), {
      path: [...path, "groups", index],
      message: `${show(group)} is not a group of bootstrap tokens`,
      hint: "system:bootstrappers: and then a-z, 0-9, `:` and `-`",
    }),
  ),
  ...when(groups.length > 0 && written.length > 0 && !written.includes("authentication"), {
    path: [...path, "groups"],
    at: "key",
    message: "groups are for tokens with the usage authentication",
  }),
];

/** RFC 3339, as Kubernetes writes points in time. */
const isTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));

const judgeLife = (path: Path, { ttl, expires }: BootstrapToken): readonly Finding[] => [
  ...judgeDuration([...path, "ttl"], ttl),
  ...judgeText(expires, (time) =>
    when(!isTime(time), {
      path: [...path, "expires"],
      message: `${show(time)} is not a point in time`,
      hint: "2030-01-31T12:00:00Z, say",
    }),
  ),
  ...when(ttl !== undefined && expires !== undefined, {
    path: [...path, "expires"],
    at: "key",
    message: "a token has ttl or expires, not both",
  }),
];

export const bootstrapTokens: KubeadmRule = ({ documents }) => {
  const seen = new Set<string>();
  return (documents.InitConfiguration?.bootstrapTokens ?? []).flatMap((token, index) => {
    const path = ["bootstrapTokens", index];
    const id = token.token?.split(".")[0] ?? "";
    const again = id !== "" && seen.has(id);
    seen.add(id);
    return of("InitConfiguration", [
      ...judgeText(token.token, (text) => judgeToken([...path, "token"], text)),
      ...when(again, { path: [...path, "token"], message: `a token with the id ${show(id)} is there already` }),
      ...judgeUsages(path, token),
      ...judgeLife(path, token),
    ]);
  });
};
