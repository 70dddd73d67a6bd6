import { UserError } from "../shared/errors.ts";
import { type Deltas, releases } from "./releases.ts";

export interface Version {
  readonly major: number;
  readonly minor: number;
  /** Absent when only `1.36` is written. */
  readonly patch?: number;
  /** `v1.36.3-rc.1` without the v. */
  readonly text: string;
}

/** Reads `v1.36.3`, `1.36.3`, `v1.36` and pre-releases such as `v1.37.0-rc.1`; undefined for anything else. */
export const parseVersion = (text: string): Version | undefined => {
  const match = /^v?(?<text>(?<major>0|[1-9]\d*)\.(?<minor>0|[1-9]\d*)(?:\.(?<patch>0|[1-9]\d*)(?:[-+][-\w.+]+)?)?)$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const { major, minor, patch, text: plain = "" } = match.groups;
  return { major: Number(major), minor: Number(minor), ...(patch === undefined ? {} : { patch: Number(patch) }), text: plain };
};

/** The minor version, `1.36`, of a version. */
export const minorOf = ({ major, minor }: Version): string => `${major}.${minor}`;

/** The version with its leading v, and for a bare `1.36` with the newest patch release that is known; undefined when there is none. */
export const fullVersion = (text: string): string | undefined => {
  const version = parseVersion(text);
  if (version === undefined) return undefined;
  return version.patch === undefined ? releases[minorOf(version)]?.newestPatch : `v${version.text}`;
};

/** How far a version is above another: minors, then patch releases; 0 for what is equal or cannot be read. */
export const above = (version: string, other: string): { readonly minors: number; readonly patches: number } => {
  const [one, two] = [parseVersion(version), parseVersion(other)];
  if (!one || !two) return { minors: 0, patches: 0 };
  return { minors: (one.major - two.major) * 1000 + one.minor - two.minor, patches: (one.patch ?? 0) - (two.patch ?? 0) };
};

/** Whether a version is later than another; what cannot be read is not. */
export const isLater = (version: string, than: string): boolean => {
  const { minors, patches } = above(version, than);
  return minors > 0 || (minors === 0 && patches > 0);
};

/** How many minors control planes may be apart, and a kubelet behind its API server. */
export const mostApart = { controlPlane: 1, kubelet: 3 } as const;

/** What is peculiar to a version such as `v1.36.3`. @throws UserError for a minor that kbs does not know */
export const deltasOf = (version: string): Deltas => {
  const parsed = parseVersion(version);
  const release = parsed && releases[minorOf(parsed)];
  if (parsed === undefined || release === undefined) {
    const hint = `choose a version of ${Object.keys(releases).join(", ")}`;
    throw new UserError(`this kbs does not know Kubernetes ${version}`, { hint });
  }
  const { before, ...deltas } = release;
  return before !== undefined && (parsed.patch ?? before.patch) < before.patch ? { ...deltas, ...before.deltas } : deltas;
};
