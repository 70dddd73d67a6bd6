import { quote, quoteAll } from "../shared/quote.ts";
import { sha256 } from "../shared/sha256.ts";
import { type BlobRef, blobsOf, changeId, type HostChange, type ImagesChange } from "./change.ts";

/** How one kind reads, remembers and changes: shell words. */
export interface Shape {
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

const octal = (mode: number): string => mode.toString(8);
export const hex = (blob: BlobRef): string => blob.digest.replace(/^sha256:/, "");
const asBuffer = (content: string | Buffer): Buffer => (typeof content === "string" ? Buffer.from(content) : content);

/** Quoted twice over, newlines and backslashes would need care that no path of ours deserves. */
export const pathOf = ({ path }: { readonly path: string }): string => {
  if (!/^\/[A-Za-z0-9._@+/:-]+$/.test(path)) throw new RangeError(`not a path that kbs manages: ${JSON.stringify(path)}`);
  return path;
};

/** How a change is made. */
export const shapeOf = (change: HostChange, k: number | undefined): Shape => {
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
