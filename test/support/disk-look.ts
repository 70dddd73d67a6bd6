import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

// What is on the disk of a host that has no power: read from outside, as its next boot will find it.

const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Every path below a folder, the folder's own first. */
const pathsBelow = function* (root: string, at: string): Generator<string> {
  for (const name of readdirSync(join(root, at))) {
    const path = `${at}/${name}`;
    yield path;
    if (lstatSync(join(root, path)).isDirectory()) yield* pathsBelow(root, path);
  }
};

/** What runs on a host writes there by itself, between its first boot and its last. */
const ownWrites =
  /^\/(?:var\/log|var\/lib\/systemd|var\/lib\/dbus|var\/cache|var\/tmp|tmp|run|dev|lost\+found)(?:\/|$)|^\/etc\/(?:resolv\.conf|\.pwd\.lock)$/;

const describe = (file: string): string => {
  const found = lstatSync(file);
  const what = found.isSymbolicLink() ? readlinkSync(file) : found.isFile() ? sha256(file) : "";
  return `${found.mode.toString(8)} ${found.uid}:${found.gid} ${what}`;
};

/** All that is on a disk and not written by the system itself: what it is, mode, owner and content, by path. */
export const diskTree = (root: string): Map<string, string> =>
  new Map([...pathsBelow(root, "")].filter((path) => !ownWrites.test(path)).map((path) => [path, describe(join(root, path))]));

/** Where two trees differ, a line each. */
export const treeDifferences = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] => [
  ...[...after].flatMap(([path, told]) => (before.get(path) === told ? [] : [`${before.has(path) ? "!" : "+"} ${path} ${told}`])),
  ...[...before.keys()].flatMap((path) => (after.has(path) ? [] : [`- ${path}`])),
];

interface Line {
  readonly word: string;
  readonly id: string;
}

const state = "var/lib/kbs";

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "latin1") : "");

/** The lines of a host's journal, and how many lines are none. */
export const journalOn = (root: string): { readonly lines: readonly Line[]; readonly torn: number } => {
  const all = textOf(join(root, state, "journal"))
    .split("\n")
    .filter(Boolean);
  const lines = all.flatMap((text): Line[] => {
    const [, word, id] = /^\S+Z \S+ (begun|done|left|undone) (.+)$/.exec(text) ?? [];
    return word === undefined || id === undefined ? [] : [{ word, id }];
  });
  return { lines, torn: all.length - lines.length };
};

/** The last word of each change. */
export const lastWords = (lines: readonly Line[]): ReadonlyMap<string, string> => new Map(lines.map(({ word, id }) => [id, word]));

/** What is wrong with before-images: each is whole, and what was a file there before is that file. */
export const brokenImages = (root: string, before: ReadonlyMap<string, string>): string[] => {
  const folder = join(root, state, "before");
  const entries = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
  return entries.flatMap((entry) => {
    const at = (name: string): string => join(folder, entry, name);
    const [id, was] = [textOf(at("id")).trim(), textOf(at("was"))];
    // A setting that was not there is an empty line.
    if (id === "" || !was.endsWith("\n")) return [`${entry}: id "${id}", was "${was}"`];
    const path = id.startsWith("path:") ? id.slice("path:".length) : "";
    if (!was.startsWith("file ")) return path !== "" && was.startsWith("absent") && before.has(path) ? [`${entry}: ${path} was there`] : [];
    const content = existsSync(at("content")) ? sha256(at("content")) : "nothing";
    return before.get(path)?.endsWith(` ${content}`) ? [] : [`${entry}: ${path} was ${before.get(path)}, stored is ${content}`];
  });
};

/** Changes of which the journal says done, and that are not as the journal says: a path must be there, a file may not be empty. */
export const lostChanges = (root: string): string[] =>
  [...lastWords(journalOn(root).lines)].flatMap(([id, word]) => {
    const path = id.startsWith("path:") && word === "done" ? id.slice("path:".length) : undefined;
    if (path === undefined || path.includes("bootstrap-kubelet")) return [];
    const found = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (!found) return [`${path} is done, and not there`];
    return found.isFile() && found.size === 0 ? [`${path} is done, and empty`] : [];
  });

/** Executables of a host that are not those of another one, which has the same software. */
export const otherExecutables = (root: string, model: string): string[] =>
  [...lastWords(journalOn(root).lines)]
    .flatMap(
      ([id, word]) =>
        /^path:(\/(?:usr|opt)\/.*\/?bin\/[^/]+)$/
          .exec(id)
          ?.slice(1)
          .filter(() => word === "done") ?? [],
    )
    .filter((path) => lstatSync(join(root, path)).isFile() && existsSync(join(model, path)))
    .filter((path) => sha256(join(root, path)) !== sha256(join(model, path)));

const content = "var/lib/containerd/io.containerd.content.v1.content/blobs/sha256";
const snapshots = "io.containerd.snapshotter.v1.overlayfs/snapshots";

/** Blobs that containerd has under a digest which is not theirs. */
export const brokenBlobs = (root: string): string[] => {
  const folder = join(root, content);
  return existsSync(folder) ? readdirSync(folder).filter((digest) => sha256(join(folder, digest)) !== digest) : [];
};

/** Files of at least one byte in what a containerd has unpacked, by their path in the image. */
const unpacked = (containerd: string): Map<string, Set<number>> => {
  const sizes = new Map<string, Set<number>>();
  const folder = join(containerd, snapshots);
  for (const snapshot of existsSync(folder) ? readdirSync(folder) : []) {
    const layer = join(folder, snapshot, "fs");
    for (const path of existsSync(layer) ? pathsBelow(layer, "") : []) {
      const found = lstatSync(join(layer, path));
      if (found.isFile()) sizes.set(path, (sizes.get(path) ?? new Set()).add(found.size));
    }
  }
  return sizes;
};

/** Executables of images that have another size than on a host which has the same images. */
export const brokenLayers = (root: string, modelContainerd: string): string[] => {
  const [model, own] = [unpacked(modelContainerd), unpacked(join(root, "var/lib/containerd"))];
  return [...own]
    .filter(([path]) => /bin\//.test(path) || /^\/(?:pause|coredns)$/.test(path))
    .flatMap(([path, sizes]) => [...sizes].filter((size) => model.get(path)?.has(size) === false).map((size) => `${path}: ${size} bytes`));
};
