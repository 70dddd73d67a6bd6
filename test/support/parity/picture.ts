import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../../lab/index.ts";
import type { AnyObject } from "../canonical-objects.ts";
import { differentFiles } from "./normalisers.ts";

/** A file as it lies on a host. */
export interface SeenFile {
  /** `file`, `folder`, or a link with its target; then mode and owner. */
  readonly what: string;
  /** Absent for folders and links. */
  readonly text?: string;
}

/** A node and its cluster as a tool has left them, raw: nothing is replaced yet, so that what is compared can be recorded. */
export interface Picture {
  readonly subnet: string;
  readonly files: Readonly<Record<string, SeenFile>>;
  /** Every object of the API; none on a host that has no access of its own. */
  readonly objects: readonly AnyObject[];
}

/** What a tool leaves on a node. Folders that are not there count as empty. */
const roots = [
  "/etc/kubernetes",
  "/var/lib/kubelet",
  "/var/lib/etcd",
  "/etc/cni",
  "/etc/containerd",
  "/etc/default",
  "/etc/hosts",
  "/etc/hostname",
  "/etc/modules-load.d",
  "/etc/sysctl.d",
  "/etc/systemd/system",
];

/** Where a host's file is on this machine. */
const insideOf = (host: LabHost, path: string): string =>
  path.startsWith("/var/lib/") ? join(host.varLibDirectory, path.slice("/var/lib/".length)) : join(host.rootDirectory, path);

const see = (file: string): SeenFile => {
  const found = lstatSync(file);
  const owner = `${(found.mode & 0o7777).toString(8).padStart(4, "0")} ${found.uid}:${found.gid}`;
  if (found.isSymbolicLink()) return { what: `link to ${readlinkSync(file)}` };
  if (found.isDirectory()) return { what: `folder ${owner}` };
  return { what: `file ${owner}`, text: readFileSync(file).toString("latin1") };
};

const walk = function* (host: LabHost, path: string): Generator<readonly [string, SeenFile]> {
  const file = insideOf(host, path);
  if (!lstatSync(file, { throwIfNoEntry: false })) return;
  const seen = see(file);
  yield [path, seen];
  if (!seen.what.startsWith("folder")) return;
  for (const name of readdirSync(file).toSorted()) {
    const inner = `${path}/${name}`;
    if (!differentFiles.some(([pattern]) => pattern.test(inner))) yield* walk(host, inner);
  }
};

const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf --cache-dir /tmp/kubectl";

const everyObject = async (host: LabHost): Promise<AnyObject[]> => {
  const script = `kinds=$(${kubectl} api-resources --verbs=list -o name | grep -v -x -e events -e events.events.k8s.io -e componentstatuses | paste -sd,)
    ${kubectl} get -A --show-managed-fields=false -o json "$kinds"`;
  const { code, stdout, stderr } = await host.run(script, { timeout: 120_000 });
  if (code !== 0) throw new Error(`${host.name}: ${stderr}`);
  const { items }: { items: AnyObject[] } = JSON.parse(stdout);
  return items;
};

/** @param hasApi whether the host has the administrator's access, as control planes do */
export const takePicture = async (host: LabHost, subnet: string, hasApi: boolean): Promise<Picture> => ({
  subnet,
  files: Object.fromEntries(roots.flatMap((root) => [...walk(host, root)])),
  objects: hasApi ? await everyObject(host) : [],
});
