import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import { dirname, resolve } from "node:path";
import type { NetworkFact } from "../../facts/network.ts";
import { pkiNames } from "../../phases/common/pki.ts";
import { type KeyAlgorithm, prepareKeys } from "../../pki/keys.ts";
import type { PkiNames } from "../../pki/names.ts";
import { makeRequests, type RequestFile, requestPaths } from "../../pki/requests.ts";
import { UserError } from "../../shared/errors.ts";
import { addressHere } from "../address-here.ts";
import type { ActionOutcome } from "../options.ts";
import { type CertsOptions, targetOf } from "./look-at.ts";

/** For this machine, kubeadm's defaults are taken. */
export interface RequestOptions extends CertsOptions {
  readonly certificatesFolder: string;
  readonly kubeconfigsFolder: string;
}

export interface Requested {
  readonly outcome: ActionOutcome;
  /** The host that the names are of. */
  readonly host: string;
  /** Absolute paths of what was written. */
  readonly written: readonly string[];
}

interface Wish {
  readonly names: PkiNames;
  readonly algorithm: KeyAlgorithm;
}

/** The device of the default route, as the kernel lists routes: device, destination and gateway in hex. */
const defaultDevice = async (): Promise<string | undefined> => {
  const table = await readFile("/proc/net/route", "utf8").catch(() => "");
  return table
    .split("\n")
    .map((line) => line.split("\t"))
    .find(([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000")?.[0];
};

/** What of a host's network tells its address, learned without being root. */
const networkHere = async (): Promise<NetworkFact> => {
  const device = await defaultDevice();
  const interfaces = Object.entries(networkInterfaces()).map(([name, addresses]) => ({
    name,
    addresses: (addresses ?? []).flatMap(({ cidr }) => cidr ?? []),
  }));
  return { known: true, interfaces, routes: device === undefined ? [] : [{ destination: "default", device, family: 4 }] };
};

/** kubeadm's defaults for this machine. */
const wishHere = async (): Promise<Wish> => {
  const address = addressHere(await networkHere(), "a configuration (-f FILE)");
  const names: PkiNames = {
    nodeName: hostname().toLowerCase(),
    advertiseAddress: address,
    address,
    bindPort: 6443,
    serviceAddress: "10.96.0.1",
    dnsDomain: "cluster.local",
    apiServerSans: [],
    etcdServerSans: [],
    etcdPeerSans: [],
    clusterName: "kubernetes",
  };
  return { names, algorithm: "RSA-2048" };
};

/** Those of a configuration, for its first control plane among the chosen hosts. */
const wishOf = async (options: CertsOptions): Promise<Wish> => {
  const { cluster, hosts } = await targetOf(options);
  const [host] = hosts;
  if (!cluster || !host) return await wishHere();
  return { names: pkiNames({ cluster, hosts: cluster.hosts }, host.name), algorithm: cluster.kubernetes.encryptionAlgorithm };
};

const cannot = (path: string, error: unknown): UserError =>
  new UserError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
    exit: "phase",
    hint: "choose other folders by --cert-dir and --kubeconfig-dir, or type it again as root",
    cause: error,
  });

/** Never over a file that is there. */
const write = async (path: string, content: string): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, content, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw cannot(path, error);
  }
};

const refuseExisting = async (paths: readonly string[]): Promise<void> => {
  const there = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  const [found] = there.flat();
  if (found === undefined) return;
  throw new UserError(`${found} is there already; nothing was written`, {
    hint: "choose empty folders by --cert-dir and --kubeconfig-dir, or take away what is there if nobody needs it",
  });
};

/**
 * Writes keys and signing requests for a CA that is kept elsewhere, on this machine. Contacts no host.
 * @throws UserError when one of the files is there, before any is written
 */
export const generateRequests = async (options: RequestOptions): Promise<Requested> => {
  const { names, algorithm } = await wishOf(options);
  const folders = { certificates: options.certificatesFolder, kubeconfigs: options.kubeconfigsFolder };
  const place = ({ folder, path }: Pick<RequestFile, "folder" | "path">): string => resolve(folders[folder], path);
  await refuseExisting(requestPaths.map(place));
  const keys = prepareKeys(algorithm, requestPaths.length / 2);
  try {
    const files = await makeRequests(names, keys);
    for (const file of files) await write(place(file), file.content);
    return { outcome: { exit: "done", changed: files.length, next: [] }, host: names.nodeName, written: files.map(place) };
  } finally {
    keys.stop();
  }
};
