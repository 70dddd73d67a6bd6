import { splitHostPort } from "../shared/names.ts";
import type { ArgsFile, JumpHostFile } from "./file-types.ts";
import type { Arg, TaintEffect } from "./types.ts";

/** Reads OpenSSH's `user@host:port`. A port that is no number becomes NaN. */
export const parseJumpHost = (text: string): JumpHostFile => {
  const at = text.lastIndexOf("@");
  const { host, port } = splitHostPort(text.slice(at + 1));
  return { host, ...(at > 0 ? { user: text.slice(0, at) } : {}), ...(port === undefined ? {} : { port: Number(port) }) };
};

/** Reads kubectl's `key=value:Effect`; parts that are missing are empty. */
export const parseTaint = (text: string): { key: string; value: string; effect: string } => {
  const colon = text.lastIndexOf(":");
  const [left, effect] = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  const equals = left.indexOf("=");
  return equals < 0 ? { key: left, value: "", effect } : { key: left.slice(0, equals), value: left.slice(equals + 1), effect };
};

export const taintEffects: readonly TaintEffect[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export const isTaintEffect = (text: string): text is TaintEffect => taintEffects.some((effect) => effect === text);

export const isArgList = (args: ArgsFile): args is Exclude<ArgsFile, Readonly<Record<string, string>>> => Array.isArray(args);

/** Flags as a list, in the order in which they are written. */
export const parseArgs = (args: ArgsFile | undefined): readonly Arg[] => {
  if (args === undefined) return [];
  if (isArgList(args)) return args.map(({ name = "", value = "" }) => ({ name, value }));
  return Object.entries(args).map(([name, value]) => ({ name, value }));
};
