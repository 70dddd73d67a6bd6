import { UserError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { questionnaire } from "./index.ts";
import type { PreflightResults, Result } from "./run.ts";

const everything = "all";

/** Of the folder for etcd's data kubeadm names the check by its path, with dashes: one elsewhere is meant as the usual one. */
const nameOf = (name: string): string => name.toLowerCase().replace(/^diravailable--.+$/, "diravailable--var-lib-etcd");

/** Lower-case name or alias to the ids of checks it stands for: kubeadm's SystemVerification is several of ours. */
const idsByName = (): ReadonlyMap<string, ReadonlySet<string>> => {
  const names = new Map<string, Set<string>>();
  for (const { id, aliases = [] } of questionnaire) {
    for (const name of [id, ...aliases]) names.set(name.toLowerCase(), (names.get(name.toLowerCase()) ?? new Set()).add(id));
  }
  return names;
};

/**
 * The checks that `--ignore-preflight-errors` names: ids or kubeadm's names, in any case, or `all`.
 * @throws UserError for a name that no check has, and for `all` beside others
 */
export const ignoredChecks = (names: readonly string[]): ReadonlySet<string> => {
  const wanted = names.map((name) => name.trim()).filter((name) => name !== "");
  const known = idsByName();
  if (wanted.some((name) => name.toLowerCase() === everything)) {
    if (wanted.length > 1) throw new UserError(`--ignore-preflight-errors: "${everything}" must stand alone, not beside other names`);
    return new Set(questionnaire.map(({ id }) => id));
  }
  return new Set(
    wanted.flatMap((name) => {
      const ids = known.get(nameOf(name));
      if (ids !== undefined) return [...ids];
      const near = nearest(
        name,
        questionnaire.flatMap(({ id, aliases = [] }) => [id, ...aliases]),
      );
      throw new UserError(`--ignore-preflight-errors: there is no check ${JSON.stringify(name)}`, {
        hint: near === undefined ? 'see "kbs preflight --output json" for the names' : `did you mean ${near}?`,
      });
    }),
  );
};

const judged = (result: Result, ignored: ReadonlySet<string>): Result =>
  result.severity === "error" && ignored.has(result.id) ? { ...result, severity: "warning", ignored: true } : result;

/**
 * Turns errors of the ignored checks into warnings. A host that did not answer cannot be ignored away.
 * @throws UserError as ignoredChecks
 */
export const judge = (results: PreflightResults, names: readonly string[]): PreflightResults => {
  const ignored = ignoredChecks(names);
  return { ...results, findings: results.findings.map((result) => judged(result, ignored)) };
};

/** What must stop a run. */
export const errorsOf = ({ findings }: PreflightResults): readonly Result[] => findings.filter(({ severity }) => severity === "error");
