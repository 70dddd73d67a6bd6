import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { goBuild } from "../../lab/go-build.ts";
import { type KubernetesMinor, kubeadmArchives, type Lab, type LabHost, startLab } from "../../lab/index.ts";
import { bringKbs, kbsOn } from "../kbs-on-host.ts";
import type { ParityCase } from "./cases.ts";
import { compare } from "./compare.ts";
import { initFile, joinFile } from "./config.ts";
import { normalise } from "./normalise.ts";
import { type Picture, takePicture } from "./picture.ts";

/** One of the two tools on hosts of its own, which have the same names as the other's. */
export interface Side {
  readonly tool: "kubeadm" | "kbs";
  readonly lab: Lab;
  /** Gives the hosts the images of a control plane, and what a case needs before a tool comes. */
  prepare(kase: ParityCase): Promise<void>;
  /** Makes h1 a control plane. @throws Error when the tool fails */
  init(kase: ParityCase): Promise<void>;
  /** Makes another host a worker, or one more control plane. */
  join(host: LabHost, as: "worker" | "control-plane"): Promise<void>;
  /** Gives a host back. */
  reset(host: LabHost): Promise<void>;
}

/** Milliseconds; twenty times what it takes. */
const limit = 400_000;

export const must = async (host: LabHost, script: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(`set -eu\n${script}`, { timeout: limit, ...(input !== undefined && { input }) });
  if (code !== 0) throw new Error(`${host.name}: ${script}\nended with code ${code}\n${stdout.slice(-3000)}${stderr.slice(-3000)}`);
  return stdout;
};

export const firstOf = ({ hosts }: Lab): LabHost => {
  const [first] = hosts;
  if (!first) throw new RangeError("a lab has hosts");
  return first;
};

const config = "kubeadm.yaml";

const write = (host: LabHost, name: string, text: string): Promise<string> => must(host, `umask 077; cat >${name}`, text);

const spki =
  "openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | openssl dgst -sha256 -r | cut -d ' ' -f 1";

/** How machines join a control plane: the endpoint, and the hash of its CA. */
export const invitationOf = async (host: LabHost): Promise<{ readonly endpoint: string; readonly hash: string }> => {
  const server = await must(host, "sed -n 's|^ *server: https://||p' /etc/kubernetes/admin.conf");
  return { endpoint: server.trim(), hash: `sha256:${(await must(host, spki)).trim()}` };
};

const words = (kase: ParityCase): readonly string[] => kase.flags ?? ["--config", config];

/** What a case needs on the hosts of a lab before a tool comes. */
const prepare = async ({ hosts }: Lab, images: string, kase: ParityCase): Promise<void> => {
  const [first] = hosts;
  for (const host of hosts) {
    await importImages(host, images);
    await write(host, config, initFile(kase.wishes));
    for (const program of kase.brings ?? [])
      await copyFile(join(await goBuild("etcd", () => undefined), program), join(host.rootDirectory, "usr/local/bin", program));
    await must(host, `FIRST=${first?.address} FIRST6=${first?.ipv6 ?? ""} CONFIG=${config}\n${kase.prepare ?? ""}`);
  }
};

const joinConfig = "join.yaml";

const writeJoin = async (host: LabHost, first: LabHost, as: "worker" | "control-plane"): Promise<void> => {
  const { endpoint, hash } = await invitationOf(first);
  await write(host, joinConfig, joinFile(endpoint, hash, as === "control-plane"));
};

export const importImages = async (host: LabHost, images: string): Promise<void> => {
  const { code, stderr } = await host.run("ctr --namespace k8s.io images import -", { inputFile: images, timeout: limit });
  if (code !== 0) throw new Error(stderr);
};

export const kubeadmSide = async (hosts: number, kubernetes: KubernetesMinor, ipv6 = false): Promise<Side> => {
  const lab = await startLab({ hosts, flavour: "prepared", kubernetes, ipv6 });
  const archives = await kubeadmArchives(lab);
  return {
    tool: "kubeadm",
    lab,
    prepare: (kase) => prepare(lab, archives.controlPlaneImages, kase),
    init: async (kase) => {
      await must(firstOf(lab), ["kubeadm init", ...words(kase)].join(" "));
    },
    join: async (host, as) => {
      await writeJoin(host, firstOf(lab), as);
      await must(host, `kubeadm join --config ${joinConfig}`);
    },
    reset: async (host) => {
      await must(host, "kubeadm reset --force");
    },
  };
};

const kbsMust = async (host: LabHost, line: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await kbsOn(host, line);
  if (code !== 0) throw new Error(`${host.name}: kbs ${line.join(" ")}\nended with code ${code}\n${stdout}${stderr}`);
  return stdout;
};

export const kbsSide = async (hosts: number, kubernetes: KubernetesMinor, ipv6 = false): Promise<Side> => {
  const lab = await startLab({ hosts, flavour: "prepared", kubernetes, ipv6 });
  const archives = await kubeadmArchives(lab);
  await Promise.all(lab.hosts.map((host) => bringKbs(host, kubernetes)));
  return {
    tool: "kbs",
    lab,
    prepare: (kase) => prepare(lab, archives.controlPlaneImages, kase),
    init: async (kase) => {
      await kbsMust(firstOf(lab), ["init", ...words(kase), "--network", "none"]);
    },
    join: async (host, as) => {
      await writeJoin(host, firstOf(lab), as);
      await kbsMust(host, ["join", "--config", joinConfig]);
    },
    reset: async (host) => {
      await kbsMust(host, ["reset", "--yes"]);
    },
  };
};

const manifests = (picture: Picture): string[] =>
  Object.keys(picture.files).flatMap((path) => /^\/etc\/kubernetes\/manifests\/(.+)\.yaml$/.exec(path)?.[1] ?? []);

/** What is not there yet of what the kubelet and the controllers make of what a tool has left. */
const missing = (picture: Picture, node: string | undefined): string[] => {
  const namesOf = (kind: string): string[] => picture.objects.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
  const [nodes, pods, leases] = [namesOf("Node"), namesOf("Pod"), namesOf("Lease")];
  const leading = ["kube-controller-manager", "kube-scheduler"];
  const planes = picture.objects.filter(
    ({ kind, metadata }) => kind === "Node" && metadata.labels?.["node-role.kubernetes.io/control-plane"] !== undefined,
  );
  const mirrors = planes.flatMap(({ metadata }) => ["kube-apiserver", ...leading].map((name) => `${name}-${metadata.name}`));
  return [
    // One that could not be written in time is tried again when its pod is looked at again, after a minute or more.
    ...mirrors.filter((name) => !pods.includes(name)),
    // A kubelet takes its lease up to ten seconds after it has registered.
    ...nodes.filter((name) => !leases.includes(name)).map((name) => `Lease ${name}`),
    // Until they lead, nothing moves, and nothing of what they make is there.
    ...leading.filter((name) => manifests(picture).includes(name) && !leases.includes(name)).map((name) => `Lease ${name}`),
    ...manifests(picture).filter((name) => !pods.some((pod) => pod.startsWith(`${name}-`))),
    ...(node === undefined || nodes.includes(node) ? [] : [`node ${node}`]),
  ];
};

/** Milliseconds between two looks. */
const every = 3000;
/** Milliseconds until all must be there, and at rest. */
const settling = 180_000;

/** A node's picture once nothing moves any more. @throws Error that says what is missing or moves */
export const pictureAtRest = async (side: Side, host: LabHost): Promise<Picture> => {
  const first = firstOf(side.lab);
  const look = async (): Promise<Picture> => ({
    ...(await takePicture(host, side.lab.subnet, false)),
    objects: (await takePicture(first, side.lab.subnet, true)).objects,
  });
  const end = Date.now() + settling;
  for (let last = await look(); ; ) {
    await sleep(every);
    const now = await look();
    const moves = compare(normalise(last), normalise(now)).map(({ where }) => where);
    const gone = missing(now, host === first ? undefined : host.name);
    if (moves.length + gone.length === 0) return now;
    if (Date.now() > end)
      throw new Error(`${side.tool}: missing ${gone.join(", ") || "nothing"}; still changing: ${moves.join(", ") || "nothing"}`);
    last = now;
  }
};
