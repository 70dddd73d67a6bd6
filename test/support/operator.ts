import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterConfigOptions, type ClusterHosts, type Lab, labBundle, labClusterYaml } from "../lab/index.ts";

const program = join(import.meta.dirname, "../../src/main.ts");

/** Where Node.js keeps what it has made of the sources, for the next run: half of a start's processor time. */
const compiled = join(tmpdir(), "kbs-compiled");

/** A run of kbs that has ended. */
export interface Ended {
  /** null: it was ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of kbs under way. */
export interface Run {
  readonly child: ChildProcess;
  /** Its process group and session. */
  readonly pid: number;
  /** SIGKILL of kbs, and of nothing that it has started. */
  readonly kill: () => void;
  readonly ended: Promise<Ended>;
}

/** Somebody with a home of their own, whose known_hosts has a lab's hosts. All that kbs writes for them is in their folder. */
export interface Operator {
  readonly directory: string;
  /** The words of a create of the lab's cluster. */
  readonly create: readonly string[];
  start(words: readonly string[], env?: Readonly<Record<string, string>>): Run;
  /** The same, but it begins only when `go` is called: until then somebody can take hold of the process. */
  prepare(words: readonly string[], env?: Readonly<Record<string, string>>): Run & { readonly go: () => void };
  leave(): Promise<void>;
}

/** What must not take longer: in milliseconds, twenty times what it takes. */
const limit = 15 * 60_000;

const collect = (child: ChildProcess): Promise<Ended> => {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return once(child, "close").then(([code]: (number | null)[]) => ({ code: code ?? null, stdout, stderr }));
};

/** A run by its process, which is killed when it takes far too long. */
export const runOf = (child: ChildProcess, kill: () => void): Run => {
  const late = setTimeout(kill, limit);
  return { child, pid: child.pid ?? 0, kill, ended: collect(child).finally(() => clearTimeout(late)) };
};

export const operatorOf = async (lab: ClusterHosts & Pick<Lab, "knownHostsFile">, config: ClusterConfigOptions = {}): Promise<Operator> => {
  const directory = await mkdtemp(join(tmpdir(), "kbs-operator-"));
  await mkdir(join(directory, ".ssh"), { mode: 0o700 });
  await mkdir(join(directory, "tmp"));
  await copyFile(lab.knownHostsFile, join(directory, ".ssh/known_hosts"));
  await writeFile(join(directory, "c.yaml"), labClusterYaml(lab, config));
  const prepare: Operator["prepare"] = (words, env = {}) => {
    const own = { HOME: directory, XDG_STATE_HOME: join(directory, "state"), TMPDIR: join(directory, "tmp") };
    const home = { ...process.env, NODE_COMPILE_CACHE: compiled, ...own, ...env };
    // A session of its own: what it leaves behind is found by it.
    const shell = ["-c", 'read -r _; exec "$@" </dev/null', "sh", process.execPath, program, ...words];
    const child = spawn("sh", shell, { cwd: directory, env: home, stdio: "pipe", detached: true });
    return { ...runOf(child, () => void child.kill("SIGKILL")), go: () => void child.stdin.end("go\n") };
  };
  return {
    directory,
    create: ["create", "cluster", "-f", "c.yaml", "--bundle", await labBundle(undefined, lab.kubernetes), "--yes"],
    prepare,
    start: (words, env) => {
      const run = prepare(words, env);
      run.go();
      return run;
    },
    leave: () => rm(directory, { recursive: true, force: true }),
  };
};
