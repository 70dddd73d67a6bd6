import { execFile } from "node:child_process";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { addNote } from "./elf.ts";
import { type Architecture, ownArchitecture } from "./node-binary.ts";

const run = promisify(execFile);

/** Milliseconds for Node.js to compile kbs. */
const compileTimeout = 120_000;

// What follows is how Node.js looks for a program inside itself (its documentation, "Single executable applications").
const resource = "NODE_SEA_BLOB";
const fuse = Buffer.from("NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0");

const light = (node: Buffer): void => {
  const at = node.indexOf(fuse);
  if (at < 0 || node.includes(fuse, at + 1)) throw new Error("this Node.js cannot carry a program");
  node.write("1", at + fuse.length - 1);
};

export interface Executable {
  /** Of kbs, as one CommonJS file. */
  readonly bundle: string;
  /** Node.js for that architecture, in the version that runs this. */
  readonly node: string;
  readonly architecture: Architecture;
  readonly outfile: string;
}

/** Puts kbs into Node.js: an executable that needs no Node.js where it runs. @returns its size in bytes */
export const makeExecutable = async ({ bundle, node, architecture, outfile }: Executable): Promise<number> => {
  const work = await mkdtemp(join(dirname(outfile), ".making-"));
  const at = (name: string): string => join(work, name);
  try {
    const settings = {
      main: basename(bundle), // as a crash tells it: without the folder that it was built in
      output: at("blob"),
      disableExperimentalSEAWarning: true,
      // Compiled code is for one kind of processor.
      useCodeCache: architecture === ownArchitecture,
      // NODE_OPTIONS is meant for other programs, and could load anything into kbs.
      execArgvExtension: "none",
    };
    await writeFile(at("settings.json"), JSON.stringify(settings));
    // V8 draws the order of its tables by lot; with a seed, the same source gives the same executable.
    await run(process.execPath, ["--random-seed=1", "--experimental-sea-config", at("settings.json")], {
      cwd: dirname(bundle),
      timeout: compileTimeout,
    });
    const program = await readFile(node);
    light(program);
    const made = addNote(program, resource, await readFile(at("blob")));
    await writeFile(at("kbs"), made, { mode: 0o755 });
    await rename(at("kbs"), outfile);
    return made.length;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};
