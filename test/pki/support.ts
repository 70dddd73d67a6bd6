import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { issuePki, type PkiFile, type PkiRequest } from "../../src/pki/issue.ts";
import { generateKey, type KeyAlgorithm, type KeySupply } from "../../src/pki/keys.ts";
import { readKubeconfig } from "../../src/pki/kubeconfig/kubeconfig.ts";
import type { PkiNames } from "../../src/pki/names.ts";

const run = promisify(execFile);

export const names: PkiNames = {
  nodeName: "cp1",
  advertiseAddress: "10.0.0.11",
  address: "203.0.113.7",
  bindPort: 6443,
  serviceAddress: "10.96.0.1",
  dnsDomain: "cluster.local",
  apiServerSans: [],
  etcdServerSans: [],
  etcdPeerSans: [],
  clusterName: "kubernetes",
};

export const now = new Date();
export const days = (count: number): number => count * 24 * 60 * 60 * 1000;

/** A supply that gives a few real keys again and again: enough to tell a CA's key from a leaf's, and quick for RSA-4096. */
export const fewKeys = async (algorithm: KeyAlgorithm): Promise<KeySupply> => {
  const keys = await Promise.all([generateKey(algorithm), generateKey(algorithm)]);
  let taken = 0;
  return {
    take: async () => {
      const key = keys[taken++ % keys.length];
      if (key === undefined) throw new Error("no key");
      return key;
    },
    stop: () => undefined,
  };
};

/** A supply from which nothing may be taken. */
export const noKeys: KeySupply = {
  take: async () => {
    throw new Error("a key was asked for");
  },
  stop: () => undefined,
};

/** A full set for the host `cp1`, quick keys unless said otherwise. */
export const issue = async (request: Partial<PkiRequest> = {}): Promise<PkiFile[]> =>
  issuePki({ existing: new Map(), names, now, keys: request.keys ?? (await fewKeys("ECDSA-P256")), ...request });

export const asExisting = (files: readonly PkiFile[]): Map<string, Buffer> => new Map(files.map(({ path, content }) => [path, content]));

/** The text of the file that ends with `name`. */
export const textOf = (files: readonly PkiFile[], name: string): string => {
  const file = files.find(({ path }) => path === `/etc/kubernetes/pki/${name}` || path === `/etc/kubernetes/${name}`);
  if (file === undefined) throw new Error(`no file ${name}`);
  return file.content.toString();
};

/** The client certificate in a kubeconfig. */
export const clientOf = (files: readonly PkiFile[], name: string): { certificate: string; key: string } => {
  const kubeconfig = readKubeconfig(textOf(files, name));
  if (kubeconfig?.clientCertificate === undefined || kubeconfig.clientKey === undefined) throw new Error(`no client in ${name}`);
  return { certificate: kubeconfig.clientCertificate, key: kubeconfig.clientKey };
};

/** A folder that holds these files while the test runs. */
export const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "kbs-pki-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
};

/** Runs openssl in a folder; rejects when it fails. */
export const openssl = async (folder: string, ...args: readonly string[]): Promise<string> =>
  (await run("openssl", args, { cwd: folder, timeout: 20_000 })).stdout;
