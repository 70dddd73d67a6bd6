import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../src/changes/change.ts";
import { clusterFromKubeadm, type Handled, readKubeadmText } from "../../../src/config/kubeadm/index.ts";
import { quoteAll } from "../../../src/shared/quote.ts";
import { kubeadmConfigObjects, kubeletConfigObjects } from "../../../src/templates/objects/cluster-config.ts";
import { kubeProxyObjects } from "../../../src/templates/objects/kube-proxy.ts";
import { goBuild } from "../../lab/go-build.ts";
import { type KubernetesMinor, labBundle } from "../../lab/index.ts";
import { initFile, type Wishes } from "./config.ts";
import type { Normal } from "./normalise.ts";

// What both would write, as their dry runs tell it, on this machine: no host is needed, so many configurations can be tried.

const run = promisify(execFile);

const program = join(import.meta.dirname, "../../../src/main.ts");

/** Both are told who they are, so that this machine's name and address do not matter. */
const here = { name: "cp1", address: "10.0.0.11" };

const inKubelet = ["config.yaml", "instance-config.yaml", "kubeadm-flags.env"];
const inManifests = ["etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"];

/** Where kubeadm keeps all files of a dry run side by side. */
const paths = new Map<string, string>([
  ...inKubelet.map((name) => [name, `/var/lib/kubelet/${name}`] as const),
  ...inManifests.map((name) => [name, `/etc/kubernetes/manifests/${name}`] as const),
]);

const isConfigMap = ({ kind }: { readonly kind?: string }): boolean => kind === "ConfigMap";

/** Those whose data a configuration decides, by their name. */
const configMaps = (objects: readonly KubeObject[]): Record<string, unknown> =>
  Object.fromEntries(
    objects
      .filter((object) => isConfigMap(object) && ["kubeadm-config", "kubelet-config", "kube-proxy"].includes(object.metadata.name))
      .map((object) => [
        `ConfigMap kube-system/${object.metadata.name}`,
        [{ data: object["data"], annotations: object.metadata.annotations }],
      ]),
  );

/** The objects in what kubeadm prints. */
const printedObjects = (printed: string): KubeObject[] =>
  printed
    .split("[dryrun] Attached object:\n")
    .slice(1)
    .flatMap((part) => parseAllDocuments(part.split(/\n\[/)[0] ?? "", { version: "1.1" }))
    .map((document): KubeObject | null => document.toJS())
    .filter((object) => object !== null);

interface Plan {
  readonly units: readonly { readonly changes: readonly { readonly change: string; readonly diff?: readonly string[] }[] }[];
}

/** The new files of a plan: a diff against nothing is the file. */
const plannedFiles = ({ units }: Plan): ReadonlyMap<string, string> =>
  new Map(
    units
      .flatMap(({ changes }) => changes)
      .flatMap(({ change, diff }) =>
        diff === undefined
          ? []
          : [
              [
                change.replace(/^path:/, ""),
                diff.flatMap((line) => (line.startsWith("+") ? [`${line.slice(1)}\n`] : [])).join(""),
              ] as const,
            ],
      ),
  );

/** What `kbs init` does by itself of such a file. */
const handled: readonly Handled[] = [
  "InitConfiguration.bootstrapTokens",
  "InitConfiguration.nodeRegistration.ignorePreflightErrors",
  "InitConfiguration.patches.directory",
];

const ourObjects = (text: string): readonly KubeObject[] => {
  const { cluster } = clusterFromKubeadm(readKubeadmText({ name: "kubeadm.yaml", text, openToOthers: false }), here, {
    network: "none",
    handled,
  });
  return [...kubeadmConfigObjects(cluster), ...kubeletConfigObjects(cluster), ...kubeProxyObjects(cluster, { image: "kube-proxy" })];
};

const fileOf = (wishes: Wishes): string => {
  const { InitConfiguration: init = {} } = wishes;
  const { localAPIEndpoint, nodeRegistration, ...rest } = init;
  return initFile({
    ...wishes,
    InitConfiguration: {
      ...rest,
      localAPIEndpoint: { advertiseAddress: here.address, ...Object(localAPIEndpoint) },
      nodeRegistration: { name: here.name, ...Object(nodeRegistration) },
    },
  });
};

export interface DryRuns {
  readonly kubeadm: Normal;
  readonly kbs: Normal;
}

/**
 * Has both tell what they would do. They run with a layer over /etc that goes with them, in which a case's own files lie.
 * @param prepare a script that makes these
 * @param kubernetes of kubeadm, and of the bundle of kbs
 * @throws Error with what one has said that refuses
 */
export const dryRuns = async (wishes: Wishes, prepare = "", kubernetes?: KubernetesMinor): Promise<DryRuns> => {
  const folder = await mkdtemp(join(tmpdir(), "kbs-dry-"));
  const [config, out] = [join(folder, "kubeadm.yaml"), join(folder, "out")];
  const text = fileOf(wishes);
  const inLayers = async (words: readonly string[], env: Readonly<Record<string, string>>): Promise<string> => {
    const script = `set -e
mount -t tmpfs none /mnt; mkdir /mnt/upper /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
mkdir -p /etc/kubernetes
${prepare}
exec ${quoteAll(words)}`;
    const options = { env: { ...process.env, HOME: folder, XDG_STATE_HOME: folder, ...env }, timeout: 180_000, maxBuffer: 100_000_000 };
    return (await run("unshare", ["--mount", "sh", "-c", script], options)).stdout;
  };
  try {
    await mkdir(out);
    await writeFile(config, text);
    const kubeadm = join(await goBuild("kubernetes-node", () => undefined, kubernetes), "kubeadm");
    const told = await inLayers([kubeadm, "init", "--dry-run", "--config", config, "--skip-phases", "preflight"], {
      KUBEADM_INIT_DRYRUN_DIR: out,
    });
    const flags = [
      "--network",
      "none",
      "--ignore-preflight-errors",
      "all",
      "--bundle",
      await labBundle(undefined, kubernetes),
      "-o",
      "json",
    ];
    const planned = plannedFiles(
      JSON.parse(await inLayers([process.execPath, program, "init", "--dry-run", "--config", config, ...flags], {})),
    );
    const theirs = await Promise.all([...paths].map(async ([name, path]) => [path, await readFile(join(out, name), "utf8")] as const));
    const normal = (files: Iterable<readonly [string, string]>, objects: readonly KubeObject[]): Normal => ({
      files: Object.fromEntries([...files].map(([path, content]) => [path, { what: "file", text: content }])),
      objects: configMaps(objects),
    });
    return {
      kubeadm: normal(theirs, printedObjects(told)),
      kbs: normal(
        [...planned].filter(([path]) => [...paths.values()].includes(path)),
        ourObjects(text),
      ),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
