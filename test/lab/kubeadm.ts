import { randomBytes } from "node:crypto";
import { imageArchive, softwareArchive } from "./archives.ts";
import type { Log } from "./cache.ts";
import { lastLines } from "./command.ts";
import { flannelManifest } from "./flannel-manifest.ts";
import { defaultMinor, type KubernetesMinor } from "./go-recipes.ts";
import type { LabHost } from "./host.ts";
import { initConfig, joinConfig, podSubnet } from "./kubeadm-config.ts";
import type { Lab } from "./lab.ts";
import type { RunOptions } from "./ssh.ts";

// A careful administrator's script around kubeadm, to compare kbs with: whatever can be done on several hosts at once is.

const stepTimeout = 5 * 60_000;

const must = async (host: LabHost, script: string, options: RunOptions = {}): Promise<string> => {
  const { code, stdout, stderr } = await host.run(`set -eu\n${script}`, { timeout: stepTimeout, ...options });
  if (code !== 0) throw new Error(`${host.name}: ${script.split("\n")[0]}\nended with code ${code}\n${lastLines(stdout + stderr, 30)}`);
  return stdout;
};

const installSoftware = (host: LabHost, archive: string): Promise<string> =>
  must(
    host,
    `tar --extract --gzip --directory / --no-same-owner --no-overwrite-dir
modprobe -a overlay br_netfilter
sysctl --quiet --load=/etc/sysctl.d/90-kubernetes.conf
systemctl daemon-reload
systemctl enable --quiet --now containerd
systemctl enable --quiet kubelet`,
    { inputFile: archive },
  );

const importImages = (host: LabHost, archive: string): Promise<string> =>
  must(host, "ctr --namespace k8s.io images import -", { inputFile: archive });

const init = async (host: LabHost, token: string, kubernetes: KubernetesMinor): Promise<string> => {
  await must(host, "umask 077; cat > /root/kubeadm.yaml", { input: initConfig(host.name, host.address, token, kubernetes) });
  await must(host, "kubeadm init --config /root/kubeadm.yaml");
  const hash =
    "openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | openssl dgst -sha256 -r | cut -d ' ' -f 1";
  return `sha256:${(await must(host, hash)).trim()}`;
};

const join = async (host: LabHost, controlPlane: LabHost, token: string, caCertHash: string): Promise<void> => {
  const input = joinConfig(host.name, `${controlPlane.address}:6443`, token, caCertHash);
  await must(host, "umask 077; cat > /root/kubeadm.yaml; kubeadm join --config /root/kubeadm.yaml", { input });
};

/** How long each step took, in milliseconds since the start. */
export type Timings = Readonly<Record<string, number>>;

/** What the script carries to the hosts, as paths on this machine. */
export interface KubeadmArchives {
  /** Absent where the hosts have their software. */
  readonly software?: string;
  readonly controlPlaneImages: string;
  readonly workerImages: string;
}

export const kubeadmArchives = async (
  { flavour, kubernetes = defaultMinor }: Pick<Lab, "flavour"> & Partial<Pick<Lab, "kubernetes">>,
  log: Log = () => undefined,
): Promise<KubeadmArchives> => ({
  ...(flavour === "bare" && { software: await softwareArchive(log, kubernetes) }),
  controlPlaneImages: await imageArchive("control-plane", log, kubernetes),
  workerImages: await imageArchive("worker", log, kubernetes),
});

/** The script itself: h1 is the control plane, all others are workers. It ends when the workers have joined, and leaves waiting to the caller. */
export const runKubeadm = async (lab: Lab, archives: KubeadmArchives, log: Log = () => undefined): Promise<Timings> => {
  const [controlPlane, ...workers] = lab.hosts;
  if (!controlPlane) throw new RangeError("a cluster needs a host");
  const token = `${randomBytes(3).toString("hex")}.${randomBytes(8).toString("hex")}`;

  const started = Date.now();
  const timings: Record<string, number> = {};
  const done = (what: string): void => {
    timings[what] = Date.now() - started;
    log(`${what} after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  };

  const prepare = async (host: LabHost, images: string): Promise<void> => {
    if (archives.software !== undefined) await installSoftware(host, archives.software);
    await importImages(host, images);
    done(`${host.name} has its images`);
  };
  const initialise = async (): Promise<string> => {
    await prepare(controlPlane, archives.controlPlaneImages);
    const found = await init(controlPlane, token, lab.kubernetes);
    done("kubeadm init");
    return found;
  };
  const hash = initialise();
  const addNetwork = async (): Promise<void> => {
    await hash;
    await must(controlPlane, "kubectl --kubeconfig=/etc/kubernetes/admin.conf apply -f -", { input: flannelManifest(podSubnet) });
    done("flannel applied");
  };
  const joined = workers.map(async (worker) => {
    await prepare(worker, archives.workerImages);
    await join(worker, controlPlane, token, await hash);
    done(`${worker.name} joined`);
  });
  await Promise.all([addNetwork(), ...joined]);
  return timings;
};
