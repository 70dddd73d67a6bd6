import { createHash } from "node:crypto";
import { quote, quoteAll } from "../shared/quote.ts";
import { type BlobRef, blobsOf, changeId, type HostChange, type ImagesChange } from "./change.ts";
import type { AskMessage, BlobMessage, ChangeMessage, Lane, RunMessage, Ticket } from "./message.ts";
import { applies } from "./sh/apply.ts";
import { base, enter } from "./sh/base.ts";
import { stageBlobs } from "./sh/blobs.ts";
import { checks, readPaths } from "./sh/check.ts";
import { journal } from "./sh/journal.ts";

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

/** How one kind reads, remembers and changes: shell words. */
interface Shape {
  readonly check: string;
  /** `was` for the journal; absent for kinds with a path, whose before-image is the path itself. */
  readonly was?: string;
  readonly undo?: string;
  readonly apply: string;
  readonly content?: Buffer;
  /** Reads files, so pending ones are renamed first, and its check is asked again at its turn. */
  readonly late?: boolean;
  /** Waits for flush, which renames files and syncs the folders they are in, for all together. */
  readonly collected?: boolean;
  readonly data?: boolean;
}

const compileStep = (change: HostChange, index: number, pathNumber: number | undefined): Step => {
  const shape = shapeOf(change, pathNumber);
  const id = changeId(change);
  const name = `id_${index}=${quote(id)}`;
  const key = createHash("sha256").update(id).digest("hex").slice(0, 24);
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

const octal = (mode: number): string => mode.toString(8);
const hex = (blob: BlobRef): string => blob.digest.replace(/^sha256:/, "");
const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
const asBuffer = (content: string | Buffer): Buffer => (typeof content === "string" ? Buffer.from(content) : content);

/** Quoted twice over, newlines and backslashes would need care that no path of ours deserves. */
const pathOf = ({ path }: { readonly path: string }): string => {
  if (!/^\/[A-Za-z0-9._@+/:-]+$/.test(path)) throw new RangeError(`not a path that kbs manages: ${JSON.stringify(path)}`);
  return path;
};

const shapeOf = (change: HostChange, k: number | undefined): Shape => {
  switch (change.kind) {
    case "file":
      return fileShape(change.path, asBuffer(change.content), change.mode, k);
    case "made":
      return change.keep === undefined
        ? fileShape(change.path, change.make(), change.mode, k)
        : { check: `c_file ${k} ${change.keep} ${octal(change.mode)}`, apply: keepMode(change.path, change.mode) };
    case "directory":
      return {
        check: `c_directory ${k} ${octal(change.mode)}`,
        apply: `a_directory ${quote(change.path)} ${octal(change.mode)}`,
        collected: true,
        data: change.data === true,
      };
    case "absent":
      return { check: `c_absent ${k}`, apply: `a_absent ${quote(change.path)} ${quote(change.replacedBy ?? "")}`, collected: true };
    case "binary":
      return {
        check: `c_file ${k} ${change.digest} ${octal(change.mode)}`,
        apply: `a_binary ${quoteAll([change.path, octal(change.mode), change.digest, hex(change.blob), change.encoding])}`,
        collected: true,
      };
    case "images":
      return { ...imagesShape(change, changeId(change)), late: true };
    case "module":
      return { check: `c_module ${quote(change.name)}`, apply: `a_module ${quote(change.name)}`, was: "absent" };
    case "sysctl": {
      const path = quote(change.key.replaceAll(".", "/"));
      return { check: `c_sysctl ${path} ${quote(change.value)}`, apply: `a_sysctl ${path} ${quote(change.value)}`, was: "$v" };
    }
    case "swap":
      return {
        check: "c_swap",
        apply: "a_swap",
        was: `${fileWords("/etc/fstab")} $(sed 1d /proc/swaps | cut -d' ' -f1 | tr '\\n' ' ')`,
      };
    case "hostname":
      return {
        check: `c_hostname ${quote(change.name)}`,
        apply: `a_hostname ${quote(change.name)}`,
        was: `$h ${fileWords("/etc/hostname")}`,
      };
    case "service": {
      const passing = (change.passing ?? []).join(" ");
      return {
        check: `c_service ${quoteAll([change.unit, passing, ...change.inputs])}`,
        apply: `a_service ${quoteAll([change.unit, passing, String(change.readyWithin ?? 60), change.ready ?? "", ...change.inputs])}`,
        was: unitWords,
        late: true,
      };
    }
    case "static-pod":
      return {
        check: `c_pod ${quoteAll([change.name, ...change.inputs])}`,
        apply: `a_pod ${quoteAll([change.name, ...change.inputs])}`,
        late: true,
      };
    case "command": {
      const within = change.within ?? 60;
      return {
        check: `c_command ${within} ${quote(change.check)}`,
        apply: `a_command ${within} ${quote(change.apply)}`,
        ...(change.undo !== undefined && { undo: change.undo }),
        late: true,
      };
    }
  }
};

const fileShape = (path: string, content: Buffer, mode: number, k: number | undefined): Shape => {
  const digest = sha256(content);
  return {
    check: `c_file ${k} ${digest} ${octal(mode)}`,
    apply: `a_file ${quoteAll([path, octal(mode), digest, String(content.length)])}`,
    content,
    collected: true,
  };
};

/**
 * A unit's state in a before-image, as its check has found it; one that does not exist yet is neither enabled nor active. One that starts again and
 * again, as a kubelet of packages does until it is configured, counts as active.
 */
const unitWords =
  "$(case $unit_enabled in enabled) echo enabled ;; *) echo disabled ;; esac) $(case $unit_active in active|activating) echo active ;; *) echo inactive ;; esac)";

/** A file as one word of a before-image: "=<base64>:<mode>:<uid>:<gid>", or "absent". */
const fileWords = (path: string): string => `$([ -e ${path} ] && echo "=$(base64 -w0 ${path}):$(stat -c %a:%u:%g ${path})" || echo absent)`;

/** Another content than the one that was judged good is nobody's to overwrite before it has been judged, too. */
const keepMode = (path: string, mode: number): string =>
  `case $r in mode*) chmod ${octal(mode)} ${quote(path)} && chown 0:0 ${quote(path)} ;; *) e=${quote(`${path} was changed meanwhile; run again`)}; false ;; esac`;

const imagesShape = (change: ImagesChange, id: string): Shape => {
  const wanted = change.images.map((image) => `${image.name}=${image.manifest.digest}`);
  const index = {
    schemaVersion: 2,
    manifests: change.images.map(({ name, manifest }) => ({ ...manifest, annotations: { "io.containerd.image.name": name } })),
  };
  const blobs = [...new Set(blobsOf(change).map((blob) => `blobs/sha256/${hex(blob)}`))];
  return {
    check: `c_images ${quoteAll(wanted)}`,
    apply: `a_images ${quoteAll([id, JSON.stringify(index), ...wanted, "-", ...blobs])}`,
    was: "absent",
  };
};
