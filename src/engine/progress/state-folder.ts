import { mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** How many files of each command and kind are kept. */
const kept = 20;

type Environment = Readonly<Record<string, string | undefined>>;

/** What a file of a run is called by. */
export interface RunFile {
  readonly env: Environment;
  /** `create-cluster`: files of one command do not push out those of another. */
  readonly name: string;
  readonly pid: number;
}

export interface OpenFile {
  readonly path: string;
  readonly handle: number;
}

/** `${XDG_STATE_HOME:-~/.local/state}/kbs/logs`; a relative path is to be ignored, says the XDG base directory specification. */
export const runFolder = (env: Environment): string => {
  const state = env["XDG_STATE_HOME"];
  const home = env["HOME"] || homedir();
  return join(state && isAbsolute(state) ? state : join(home, ".local/state"), "kbs/logs");
};

const removeOld = (folder: string, name: string, extension: string): void => {
  const ours = new RegExp(`^\\d{8}-\\d{6}-${name}-\\d+\\.${extension}$`);
  const files = readdirSync(folder)
    .filter((file) => ours.test(file))
    .toSorted();
  for (const file of files.slice(0, Math.max(0, files.length - kept))) rmSync(join(folder, file), { force: true });
};

/**
 * A new file of a run, for its owner alone: `20260102-120304-create-cluster-4711.log`. The newest 20 of each command and kind stay.
 * @param time milliseconds since the epoch
 * @throws the system's error when the folder cannot be written
 */
export const openRunFile = ({ env, name, pid }: RunFile, extension: "log" | "ndjson", time: number): OpenFile => {
  const folder = runFolder(env);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(time)
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");
  const path = join(folder, `${stamp}-${name}-${pid}.${extension}`);
  const handle = openSync(path, "wx", 0o600);
  removeOld(folder, name, extension);
  return { path, handle };
};

/** Writes at once, so that a killed run leaves all that it told; a full disk must not end the run that is being told. */
export const persistentWriter = (handle: number): ((text: string) => void) => {
  let broken = false;
  return (text) => {
    if (broken) return;
    try {
      writeSync(handle, text);
    } catch {
      broken = true;
    }
  };
};
