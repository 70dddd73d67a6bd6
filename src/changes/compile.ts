import { quote, quoteAll } from "../shared/quote.ts";
import { sha256 } from "../shared/sha256.ts";
import { changeId, type HostChange } from "./change.ts";
import type { AskMessage, BlobMessage, ChangeMessage, Lane, RunMessage, Ticket } from "./message.ts";
import { applies } from "./sh/apply.ts";
import { base, enter } from "./sh/base.ts";
import { stageBlobs } from "./sh/blobs.ts";
import { checks, readPaths } from "./sh/check.ts";
import { journal } from "./sh/journal.ts";
import { hex, pathOf, shapeOf } from "./shape.ts";

/** A message as the loader takes it: script, then contents. Only contents may hold a secret. */
export interface Compiled {
  readonly script: string;
  readonly contents: readonly Buffer[];
}

/** Seconds that a message waits for another message of the same run. */
const lockWait = 300;

export const compileAsk = (message: AskMessage): Compiled => ({
  script: [
    base,
    ...message.questions.map((question, index) => `run ${question.within ?? 20} ${quote(question.script)}; f ${index} answer "$c" "$o"`),
  ].join("\n"),
  contents: [],
});

/** Lets nobody but the holder of the lease in, one message of a lane after the other, and brings the journal along. */
const underLease = ({ run }: Ticket, lane: Lane): readonly string[] => [
  enter,
  journal,
  `enter ${quote(run)} ${lane} ${lockWait}`,
  `run_id=${quote(run)}`,
];

/** `within`: seconds for the script. */
export const compileRun = (message: RunMessage, within: number): Compiled => ({
  script: [
    base,
    ...(message.ticket ? underLease(message.ticket, "main") : []),
    // What such a script writes to a journal that is there already has somebody behind it.
    message.ticket ? "[ ! -d $d ] || { mkdir -p -m 700 $d/runs && keeprecord; }" : "",
    `o=$(timeout -k 5 ${within} /bin/sh -c ${quote(message.script)} 2>&1${message.input ? "" : " </dev/null"}; echo ".$?"); c=\${o##*.}; o=\${o%.*}`,
    'f 0 answer "$c" "$o"',
  ].join("\n"),
  contents: [],
});

export const compileBlobs = (message: BlobMessage): Compiled => {
  const call = (name: string) => message.blobs.map((blob, index) => `${name} ${index} ${hex(blob)} ${blob.size}`);
  return {
    script: [
      base,
      enter,
      stageBlobs,
      `enter ${quote(message.ticket.run)} blobs ${lockWait}`,
      "umask 077; mkdir -p $d $d/blobs $d/blobs/sha256; survivors",
      ...call("blob_offset"),
      ...call("blob_take"),
    ].join("\n"),
    contents: [],
  };
};

export const compileChanges = ({ reading, ticket, changes, lane, closes }: ChangeMessage): Compiled => {
  const paths = changes.flatMap((change) => ("path" in change ? [pathOf(change)] : []));
  const pathNumbers = new Map(paths.map((path, index) => [path, index + 1]));
  const steps = changes.map((change, index) => compileStep(change, index, "path" in change ? pathNumbers.get(change.path) : undefined));
  const look = `readpaths ${quoteAll(paths)}`;
  const held = underLease(ticket, lane ?? "main");
  if (reading === "check") {
    const script = closes
      ? [base, readPaths, checks, ...held, look, ...steps.map((step) => step.checkAndClose), "finish"]
      : [base, readPaths, checks, look, ...steps.map((step) => step.checkOnly)];
    return { script: script.join("\n"), contents: [] };
  }
  const contents = steps.flatMap((step) => (step.content ? [step.content] : []));
  const all = Buffer.concat(contents);
  const script = [
    base,
    readPaths,
    checks,
    applies,
    ...held,
    `count=${changes.length}`,
    ...(contents.length > 0 ? [`receive ${all.length} ${sha256(all)} || refuse 0 'the content arrived damaged'`] : []),
    look,
    ...steps.map((step) => step.begin),
    "settle || refuse 0 'cannot sync what was there'",
    ...steps.map((step) => step.apply),
    `e=; flush || fail ${Math.max(0, changes.length - 1)}`,
    "finish",
  ];
  return { script: script.join("\n"), contents };
};

interface Step {
  readonly checkOnly: string;
  /** Also notes done what was begun before and is as wished. */
  readonly checkAndClose: string;
  /** Decides and, where something differs, stores what is there. Sets r_<index>. */
  readonly begin: string;
  readonly apply: string;
  readonly content?: Buffer;
}

const compileStep = (change: HostChange, index: number, pathNumber: number | undefined): Step => {
  const shape = shapeOf(change, pathNumber);
  const id = changeId(change);
  const name = `id_${index}=${quote(id)}`;
  const key = sha256(id).slice(0, 24);
  const remember =
    "path" in change
      ? `before_path ${key} "$id_${index}" ${pathNumber} ${quote(change.path)}${shape.data ? " ' data'" : ""}`
      : `before ${key} "$id_${index}" "${shape.was ?? "absent"}" '' ${quote(shape.undo ?? "")}`;
  const skip = shape.content ? `skip ${shape.content.length}; ` : "";
  const recheck = shape.late ? `e=; flush || fail ${index}; ${shape.check}` : `r=$r_${index}`;
  const lateBefore = shape.late
    ? `[ -n "$r_${index}" ] || { ${remember} && settle; } || { e='cannot store what was there'; fail ${index}; }; `
    : "";
  // A file or folder is done when flush has seen to its name, and says so itself.
  const finish = shape.collected ? `doing="$doing ${index}"` : `note done "$id_${index}"; f ${index} changed 0 "$r"`;
  const refuse = `refuse ${index} 'cannot store what was there'`;
  // What comes into a folder of the cluster's data must be told from what was there, be the folder itself as wished.
  const rememberData = shape.data
    ? `; [ -n "$r" ] || [ -z "$t" ] || stored ${key} || { ${remember} && note done "$id_${index}"; } || ${refuse}`
    : "";
  const differs = `f ${index} differs 0 "$r"`;
  return {
    checkOnly: `${shape.check}; if [ -n "$r" ]; then ${differs}; else f ${index} same 0 ''; fi`,
    checkAndClose: `${name}; ${shape.check}; if [ -n "$r" ]; then ${differs}; else same ${index}; fi`,
    begin: `${name}; ${shape.check}; r_${index}=$r; [ -z "$r" ] || ${remember} || ${refuse}${rememberData}`,
    apply: `[ ! -e $u/stop ] || halt ${index}; ${recheck}; if [ -z "$r" ]; then ${skip}same ${index}; else ${lateBefore}e=; ${shape.apply} || fail ${index}; ${finish}; fi`,
    ...(shape.content && { content: shape.content }),
  };
};
