import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LabHost } from "../lab/index.ts";

/** Paths whose content changes by itself while nobody works on a host, with the reason. Everything else must be as it was when only a look was taken. */
export const volatilePaths: readonly (readonly [RegExp, string])[] = [
  [/^\/(?:proc|sys|dev|run|tmp)(?:\/|$)/, "not on a disk"],
  [/^\/var\/(?:tmp|cache)\//, "temporary by name"],
  [/^\/var\/log\//, "logs: also of the log-in that takes the look"],
  [/^\/var\/lib\/systemd\//, "time stamps of timers, seeds"],
  [/^\/var\/lib\/etcd\//, "etcd writes while time goes by; objects are compared by the API"],
  [/^\/var\/lib\/containerd\//, "containerd's own, with the layers that containers write into"],
  [/^\/var\/lib\/kubelet\/(?:pods|plugins|plugins_registry|pod-resources|device-plugins|checkpoints)\//, "what the kubelet does with pods"],
  [/^\/var\/lib\/kubelet\/\w+_state$/, "what the kubelet does with pods"],
  [/^\/var\/lib\/cni\//, "addresses that pods have"],
];

const isVolatile = (path: string): boolean => volatilePaths.some(([pattern]) => pattern.test(path));

const contentOf = (file: string, found: ReturnType<typeof lstatSync>): string => {
  if (found?.isSymbolicLink()) return readlinkSync(file);
  return found?.isFile() ? createHash("sha256").update(readFileSync(file)).digest("hex") : "";
};

const walk = function* (directory: string, at: string): Generator<string> {
  for (const name of readdirSync(directory)) {
    const [path, file] = [`${at}/${name}`, join(directory, name)];
    if (isVolatile(path) || (at === "/var" && name === "lib")) continue;
    const found = lstatSync(file);
    const times = found.isDirectory() ? "" : String(found.mtimeMs);
    yield `${path} ${found.mode.toString(8)} ${found.uid}:${found.gid} ${times} ${contentOf(file, found)}`;
    if (found.isDirectory()) yield* walk(file, path);
  }
};

/** Every path that a host has written, with mode, owner, time of change and content, a line each: what it shares with all hosts is left out. */
export const hostTree = (host: LabHost): string[] =>
  [...walk(join(dirname(host.rootDirectory), "upper"), ""), ...walk(host.varLibDirectory, "/var/lib")]
    .map((line) => `${host.name}:${line}`)
    .toSorted();
