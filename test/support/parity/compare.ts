import { parse } from "yaml";
import type { Normal } from "./normalise.ts";

/** Something that the two tools have left differently. */
export interface Difference {
  /** A path or an object, then where in it. */
  readonly where: string;
  readonly kubeadm: string;
  readonly kbs: string;
}

const untimed = (text: string): string => text.replaceAll(/good for \d+ s, [^;]*;/g, "");

/** Whether it is more than the moment from which a certificate is good: each phase that runs by itself has one of its own. */
export const isMoreThanTime = ({ kubeadm, kbs }: Difference): boolean => untimed(kubeadm) !== untimed(kbs);

type Map = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Map => typeof value === "object" && value !== null;

const nothing = "nothing";
const show = (value: unknown): string =>
  value === undefined ? nothing : typeof value === "string" ? value : (JSON.stringify(value) ?? nothing);

const structure = (text: string): Map | undefined => {
  try {
    const value: unknown = parse(text, { version: "1.1" });
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Lines that only one of two texts has. */
const lines = (text: string, other: string): string => {
  const there = new Set(other.split("\n"));
  return text
    .split("\n")
    .filter((line) => !there.has(line))
    .join(" ⏎ ");
};

const compareTexts = (where: string, kubeadm: string, kbs: string): Difference[] => {
  if (kubeadm === kbs) return [];
  const [theirs, ours] = [structure(kubeadm), structure(kbs)];
  const inside = theirs && ours ? compareValues(where, theirs, ours) : [];
  if (inside.length > 0) return inside;
  return [{ where: theirs && ours ? `${where} (spelling)` : where, kubeadm: lines(kubeadm, kbs), kbs: lines(kbs, kubeadm) }];
};

function compareValues(where: string, kubeadm: unknown, kbs: unknown): Difference[] {
  if (typeof kubeadm === "string" && typeof kbs === "string") return compareTexts(where, kubeadm, kbs);
  if (isMap(kubeadm) && isMap(kbs) && Array.isArray(kubeadm) === Array.isArray(kbs)) {
    const keys = [...new Set([...Object.keys(kubeadm), ...Object.keys(kbs)])];
    return keys.flatMap((key) => compareValues(`${where} > ${key}`, kubeadm[key], kbs[key]));
  }
  return Object.is(kubeadm, kbs) ? [] : [{ where, kubeadm: show(kubeadm), kbs: show(kbs) }];
}

/** All in which what kbs has left differs from what kubeadm has. */
export const compare = (kubeadm: Normal, kbs: Normal): Difference[] => {
  const paths = [...new Set([...Object.keys(kubeadm.files), ...Object.keys(kbs.files)])].toSorted();
  const files = paths.flatMap((path): Difference[] => {
    const [theirs, ours] = [kubeadm.files[path], kbs.files[path]];
    if (!theirs || !ours) return [{ where: path, kubeadm: theirs?.what ?? nothing, kbs: ours?.what ?? nothing }];
    const kind = theirs.what === ours.what ? [] : [{ where: `${path} > mode`, kubeadm: theirs.what, kbs: ours.what }];
    return [...kind, ...compareTexts(path, theirs.text ?? "", ours.text ?? "")];
  });
  const names = [...new Set([...Object.keys(kubeadm.objects), ...Object.keys(kbs.objects)])].toSorted();
  const objects = names.flatMap((name) => {
    const [theirs, ours] = [kubeadm.objects[name], kbs.objects[name]];
    return isMap(theirs) && isMap(ours)
      ? compareValues(name, theirs, ours)
      : [{ where: name, kubeadm: theirs ? "there" : nothing, kbs: ours ? "there" : nothing }];
  });
  return [...files, ...objects];
};
