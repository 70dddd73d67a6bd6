import type { ClusterFile } from "../../src/config/file-types.ts";
import { resolveCluster } from "../../src/config/resolve.ts";
import type { Cluster } from "../../src/config/types.ts";
import { type Disk, diskPaths } from "../../src/facts/disks.ts";
import type { HostFacts } from "../../src/facts/index.ts";
import type { CheckContext } from "../../src/preflight/check.ts";

type Spec = NonNullable<ClusterFile["spec"]>;
type Kubernetes = NonNullable<Spec["kubernetes"]>;

/** cp1 and w1, on addresses .11 and .12. */
export const cluster = (kubernetes: Kubernetes = {}, spec: Spec = {}): Cluster =>
  resolveCluster(
    {
      apiVersion: "kbs/v1",
      kind: "Cluster",
      metadata: { name: "demo" },
      spec: {
        hosts: [
          { name: "cp1", address: "10.0.0.11", roles: ["control-plane"] },
          { name: "w1", address: "10.0.0.12", roles: ["worker"] },
        ],
        kubernetes,
        ...spec,
      },
    },
    "cluster.yaml",
    "/",
  );

const GiB = 1024 ** 3;

export const disk = (changes: Partial<Disk> = {}): Disk => ({
  existing: "/",
  mountPoint: "/",
  type: "ext4",
  readOnly: false,
  noExec: false,
  total: 40 * GiB,
  free: 30 * GiB,
  inodes: 2_000_000,
  freeInodes: 1_900_000,
  ...changes,
});

/** All paths on one filesystem. */
export const oneDisk = (changes: Partial<Disk> = {}): HostFacts["disks"] =>
  Object.fromEntries(diskPaths.map((path) => [path, disk(changes)]));

const unit = { load: "loaded", active: "active", file: "enabled" } as const;

export const running = (...names: readonly string[]): HostFacts["systemd"] => ({
  running: true,
  version: 252,
  state: "running",
  units: Object.fromEntries(names.map((name) => [name, unit])),
});

export const listener = (port: number, process?: string, protocol: "tcp" | "udp" = "tcp"): HostFacts["listeners"][number] => ({
  protocol,
  address: "*",
  port,
  ...(process === undefined ? {} : { process, pid: 4711 }),
});

export const network = (address: string, mac: string, mtu = 1500): HostFacts["network"] => ({
  known: true,
  interfaces: [
    { name: "eth0", mac, mtu, addresses: [`${address}/24`] },
    { name: "lo", mtu: 65536, addresses: ["127.0.0.1/8"] },
  ],
  routes: [
    { destination: "default", device: "eth0", via: "10.0.0.1", family: 4 },
    { destination: "10.0.0.0/24", device: "eth0", family: 4 },
  ],
});

/** cp1's network with one more address, on its interface or on another one, and a default route of IPv6. */
export const withSecond = (device: string, address: string): HostFacts["network"] => {
  const { known, interfaces, routes } = network("10.0.0.11", "02:00:00:00:00:01");
  const others = interfaces.filter(({ name }) => name !== device);
  const own = interfaces.find(({ name }) => name === device) ?? { name: device, mac: "02:00:00:00:00:99", mtu: 1500, addresses: [] };
  return {
    known,
    interfaces: [...others, { ...own, addresses: [...own.addresses, address] }],
    routes: [...routes, { destination: "default", device, via: "fe80::1", family: 6 }],
  };
};

const tools = [
  "mount",
  "losetup",
  "cp",
  "ip",
  "flock",
  "timeout",
  "setsid",
  "sha256sum",
  "stat",
  "sync",
  "head",
  "tar",
  "gzip",
  "xargs",
].concat(["find", "grep", "sed", "modprobe", "iptables", "conntrack", "ethtool", "socat", "systemctl"]);

const when = 1794309932000;

/** A machine with which all is well: the n-th of its kind. */
export const healthy = (n: number, changes: Partial<HostFacts> = {}): HostFacts => ({
  asked: { from: when, to: when },
  unanswered: [],
  clock: { epochMs: when, precisionMs: 1, uptime: 1000, bootId: `boot-${n}` },
  machine: {
    uid: 0,
    system: "Linux",
    kernel: "6.1.0-18-amd64",
    machine: "x86_64",
    architecture: "amd64",
    cpus: 2,
    memory: 4 * GiB,
    virtualization: "kvm",
  },
  os: { id: "debian", idLike: [], versionId: "12", pretty: "Debian GNU/Linux 12 (bookworm)" },
  identity: { hostname: `fresh-${n}`, staticHostname: `fresh-${n}`, machineId: String(n).repeat(32), productUuid: `uuid-${n}` },
  systemd: running("systemd-timesyncd"),
  timeSync: "synchronised",
  swap: { active: [], fstab: [], units: [] },
  cgroups: { version: 2, controllers: ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"] },
  modules: {
    overlay: "loadable",
    br_netfilter: "loadable",
    nf_conntrack: "loaded",
    vxlan: "loadable",
    nf_tables: "loaded",
    ip_vs: "loadable",
    ip_vs_rr: "loadable",
    ip_vs_wrr: "loadable",
    ip_vs_sh: "loadable",
  },
  sysctls: { values: { "net.ipv4.ip_forward": "0", "kernel.pid_max": "4194304", "kernel.threads-max": "30000" }, readOnly: false },
  disks: oneDisk(),
  network: network(`10.0.0.${10 + n}`, `02:00:00:00:00:0${n}`),
  listeners: [listener(22, "sshd")],
  commands: Object.fromEntries(tools.map((name) => [name, `/usr/bin/${name}`])),
  security: { selinux: "disabled", apparmor: false, ufw: false },
  sshd: {},
  kubernetes: {
    manifests: [],
    kubeconfigs: [],
    hasCa: false,
    hasKubeletConfig: false,
    cniConfigs: [],
    distributions: [],
  },
  packaged: { images: [], programs: [] },
  ownership: undefined,
  dns: { resolvConf: { nameservers: ["10.0.0.1"], search: [] } },
  hostsFile: "127.0.0.1 localhost\n",
  proxies: {},
  trust: [],
  ...changes,
});

/** The control plane's context in a healthy cluster, with its own facts changed. */
export const onControlPlane = (facts: Partial<HostFacts> = {}, context: Partial<CheckContext> = {}): CheckContext => {
  const wished = context.cluster ?? cluster();
  const [host] = wished.hosts;
  if (host === undefined) throw new Error("a cluster has a host");
  return { cluster: wished, host, facts: healthy(1, facts), others: new Map([["w1", healthy(2)]]), platforms: ["linux/amd64"], ...context };
};

/** The worker's. */
export const onWorker = (facts: Partial<HostFacts> = {}, context: Partial<CheckContext> = {}): CheckContext => {
  const wished = context.cluster ?? cluster();
  const [, host] = wished.hosts;
  if (host === undefined) throw new Error("this cluster has a worker");
  return {
    cluster: wished,
    host,
    facts: healthy(2, facts),
    others: new Map([["cp1", healthy(1)]]),
    platforms: ["linux/amd64"],
    ...context,
  };
};

/** As packages bring them, for kubeadm. */
export const packagedKubelet = {
  unit: "/lib/systemd/system/kubelet.service",
  dropIns: [],
  path: "/usr/bin/kubelet",
  version: "v1.36.3",
  forKubeadm: true,
};

export const packagedContainerd = {
  unit: "/lib/systemd/system/containerd.service",
  dropIns: [],
  path: "/usr/bin/containerd",
  version: "v2.2.1",
  answers: true,
  sandboxImage: "registry.k8s.io/pause:3.10.2",
  systemdCgroup: true,
};
