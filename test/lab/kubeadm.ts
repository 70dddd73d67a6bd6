import { randomBytes } from "node:crypto";
import { imageArchive, softwareArchive } from "./archives.ts";
import type { Log } from "./cache.ts";
import { lastLines } from "./command.ts";
import { flannelManifest } from "./flannel-manifest.ts";
import { defaultMinor, type KubernetesMinor } from "./go-recipes.ts";
import type { LabHost } from "./host.ts";
import { initConfig, joinConfig, podSubnet, type SharedConfig } from "./kubeadm-config.ts";
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

const init = async (host: LabHost, token: string, kubernetes: KubernetesMinor, shared: SharedConfig | undefined): Promise<string> => {
  await must(host, "umask 077; cat > kubeadm.yaml", { input: initConfig(host.name, host.address, token, kubernetes, shared) });
  await must(host, `kubeadm init --config kubeadm.yaml ${shared ? "--upload-certs" : ""}`);
  const hash =
    "openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | openssl dgst -sha256 -r | cut -d ' ' -f 1";
  return `sha256:${(await must(host, hash)).trim()}`;
};

/** How a host joins what was begun. */
interface Invitation {
  readonly endpoint: string;
  readonly token: string;
  readonly caCertHash: string;
}

/** @param certificateKey the host becomes a control plane */
const join = async (host: LabHost, { endpoint, token, caCertHash }: Invitation, certificateKey?: string): Promise<void> => {
  const controlPlane = certificateKey === undefined ? undefined : { advertiseAddress: host.address, certificateKey };
  const input = joinConfig(host.name, endpoint, token, caCertHash, controlPlane);
  await must(host, "umask 077; cat > kubeadm.yaml; kubeadm join --config kubeadm.yaml", { input });
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

/** The name by which nodes of several control planes find the API: that of the first one, as long as nothing stands before them. */
export const endpointName = ({ name }: Pick<Lab, "name">): string => `api.${name}.test`;

/** Lets all hosts know that name, for which others have a DNS. */
export const nameEndpoint = async (lab: Lab): Promise<void> => {
  const line = `${lab.hosts[0]?.address} ${endpointName(lab)}`;
  await Promise.all(lab.hosts.map((host) => must(host, `echo '${line}' >>/etc/hosts`)));
};

/**
 * The script itself: h1 and the next ones are control planes, all others are workers. It ends when all have joined, and leaves waiting to the caller. The hosts of
 * several control planes know their endpoint's name.
 * Further control planes join one after another, since etcd takes one new member at a time, and kubeadm gives up after some tries.
 */
export const runKubeadm = async (lab: Lab, archives: KubeadmArchives, log: Log = () => undefined, controlPlanes = 1): Promise<Timings> => {
  const [controlPlane, ...others] = lab.hosts;
  if (!controlPlane) throw new RangeError("a cluster needs a host");
  const token = `${randomBytes(3).toString("hex")}.${randomBytes(8).toString("hex")}`;
  const certificateKey = randomBytes(32).toString("hex");
  const isShared = controlPlanes > 1;
  const endpoint = `${isShared ? endpointName(lab) : controlPlane.address}:6443`;

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
  const initialise = async (): Promise<Invitation> => {
    await prepare(controlPlane, archives.controlPlaneImages);
    const caCertHash = await init(controlPlane, token, lab.kubernetes, isShared ? { endpoint, certificateKey } : undefined);
    done("kubeadm init");
    return { endpoint, token, caCertHash };
  };
  const invitation = initialise();
  const addNetwork = async (): Promise<void> => {
    await invitation;
    await must(controlPlane, "kubectl --kubeconfig=/etc/kubernetes/admin.conf apply -f -", { input: flannelManifest(podSubnet) });
    done("flannel applied");
  };
  let before: Promise<unknown> = invitation;
  const joined = others.map(async (host, nth) => {
    const isControlPlane = nth + 1 < controlPlanes;
    const prepared = prepare(host, isControlPlane ? archives.controlPlaneImages : archives.workerImages);
    const joins = async (): Promise<void> => {
      await join(host, await invitation, isControlPlane ? certificateKey : undefined);
      done(`${host.name} joined`);
    };
    const inTurn = Promise.all([prepared, isControlPlane ? before : invitation]).then(joins);
    if (isControlPlane) before = inTurn;
    await inTurn;
  });
  await Promise.all([addNetwork(), ...joined]);
  return timings;
};
