import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesMinor } from "./go-recipes.ts";
import { stateDirectory } from "./paths.ts";
import type { ProcessIdentity } from "./process.ts";
import type { Subnet } from "./subnet.ts";

/** *bare*: sshd and a minimal system. *prepared*: also containerd, runc, CNI plugins, kubelet, kubeadm and kubectl, set up for kubeadm. */
export const flavours = ["bare", "prepared"] as const;
export type Flavour = (typeof flavours)[number];

/** What is remembered of a lab, in lab.json. */
export interface LabRecord {
  readonly name: string;
  readonly flavour: Flavour;
  /** What its hosts have or are to have. */
  readonly kubernetes: KubernetesMinor;
  readonly subnet: Subnet;
  /** Whether its hosts have addresses of IPv6, too. */
  readonly ipv6?: boolean;
  /** Lower folders of every host's overlay, the topmost first. */
  readonly lower: readonly string[];
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  /** The process at whose end the lab is a leftover; null: the lab stays until it is taken down. */
  readonly owner: ProcessIdentity | null;
}

export const labDirectory = (name: string): string => join(stateDirectory(), name);

/** @throws Error when the name would not fit into interface names or is no plain word. */
export const checkLabName = (name: string): void => {
  if (!/^[a-z][a-z0-9]{0,7}$/.test(name)) {
    throw new Error(
      `"${name}" is no name for a lab: 1 to 8 lower-case letters and digits, a letter first (it becomes part of interface names)`,
    );
  }
};

export const writeRecord = async (record: LabRecord): Promise<void> => {
  const file = join(labDirectory(record.name), "lab.json");
  await mkdir(labDirectory(record.name), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(record, undefined, 2));
  await rename(`${file}.new`, file);
};

/** The record of a lab; undefined when there is none, or when its start was cut off before the record was written. */
export const readRecord = async (name: string): Promise<LabRecord | undefined> => {
  const file = join(labDirectory(name), "lab.json");
  if (!existsSync(file)) return undefined;
  const record: LabRecord = JSON.parse(await readFile(file, "utf8"));
  return record;
};

/** Names of all labs that have a folder, running or not. */
export const labNames = async (): Promise<string[]> => {
  const entries = await readdir(stateDirectory(), { withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).toSorted();
};
