import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../shared/errors.ts";
import { type KeptRun, keptRuns } from "../progress/kept-runs.ts";

interface Where {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

const nothingKept = (): UserError =>
  new UserError("no run of yours is kept on this machine", {
    hint: 'runs that change hosts are kept as they happen; "kbs report FILE" reads what "--output json > FILE" has written',
  });

const isMeant =
  (word: string) =>
  ({ run, name }: KeptRun): boolean =>
    name === word || run?.startsWith(word) === true;

/**
 * The file of events that a word means: the newest run of this operator for an empty one, a run by its name or by how its id begins, else a file.
 * @throws UserError when there is no such run, or more than one
 */
export const chooseRun = (word: string, { env, cwd }: Where): string => {
  const runs = keptRuns(env);
  if (word === "") {
    const [newest] = runs;
    if (newest === undefined) throw nothingKept();
    return newest.path;
  }
  const [run, another] = runs.filter(isMeant(word));
  if (run !== undefined && another === undefined) return run.path;
  if (run !== undefined)
    throw new UserError(`more than one run begins with ${JSON.stringify(word)}`, {
      hint: 'type more of its id; "kbs report --list" shows them',
    });
  const file = resolve(cwd, word);
  if (existsSync(file)) return file;
  throw new UserError(`there is neither a run nor a file ${JSON.stringify(word)}`, {
    hint: runs.length === 0 ? "no run of yours is kept on this machine" : '"kbs report --list" shows the runs that are kept',
  });
};
