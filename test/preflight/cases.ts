import type { PackagedFact } from "../../src/facts/packaged.ts";
import type { CheckContext } from "../../src/preflight/check.ts";
import { cniPlugins } from "../../src/supply/binaries.ts";
import { imageNames } from "../../src/supply/images.ts";
import {
  cluster,
  disk,
  healthy,
  listener,
  network,
  onControlPlane,
  oneDisk,
  onWorker,
  packagedContainerd,
  packagedKubelet,
  running,
  withSecond,
} from "./hosts.ts";

/** A host on which a check fires, with what it says, and one to which it applies and finds nothing. */
export interface Case {
  readonly fires: CheckContext;
  readonly says: RegExp;
  readonly silent: CheckContext;
}

const GiB = 1024 ** 3;
const well = onControlPlane();
const { machine, identity, kubernetes, modules, security } = healthy(1);
const ipvs = cluster({ proxyMode: "ipvs" });
const proxied = cluster({}, { loadBalancer: "haproxy" });
const behindName = cluster({}, { controlPlaneEndpoint: "k8s.example.com:6443" });
const demo = { id: "11-22", name: "demo" };
const ahead = { epochMs: 1794309932000 + 45_000, precisionMs: 1 };

const taken = (port: number, process: string, protocol: "tcp" | "udp" = "tcp"): Case => ({
  fires: onControlPlane({ listeners: [listener(22, "sshd"), listener(port, process, protocol)] }),
  says: new RegExp(`taken: ${process} \\(pid 4711\\) on \\*:${port}/${protocol}`),
  silent: well,
});

const { flock: _, ...withoutFlock } = healthy(1).commands;
const { conntrack: __, ...withoutConntrack } = healthy(1).commands;

const all = Object.values(imageNames(cluster()));
const [kubelet, containerd] = [packagedKubelet, packagedContainerd];
const packages = { kubelet, containerd, images: all, programs: [...cniPlugins].map((name) => `/opt/cni/bin/${name}`) };

/** The machine itself, as packages have prepared it. */
const prepared = (changes: Partial<PackagedFact> = {}, wished: Partial<CheckContext["cluster"]> = {}): CheckContext => {
  const { platforms: _bundles, ...context } = onControlPlane({ packaged: { ...packages, ...changes } });
  return { ...context, host: { ...context.host, local: true }, cluster: { ...context.cluster, ...wished } };
};

const etcdUrl = "https://10.0.0.31:2379";
const seeing = (externalEtcd: NonNullable<CheckContext["externalEtcd"]>): CheckContext => onControlPlane({}, { externalEtcd });

const dualStack = cluster({ podSubnet: "10.244.0.0/16,fd00:244::/56", serviceSubnet: "10.96.0.0/12,fd00:96::/112" });
const dualHost = { ...onControlPlane().host, secondAddress: "fd00::11" };
const dualNetwork = withSecond("eth0", "fd00::11/64");

export const cases: Readonly<Record<string, Case>> = {
  "external-etcd-files": {
    fires: seeing({ missing: ["/etc/etcd/ca.crt"], endpoints: [] }),
    says: /cannot be reached without \/etc\/etcd\/ca\.crt/,
    silent: seeing({ missing: [], endpoints: [] }),
  },
  "external-etcd": {
    fires: seeing({ missing: [], endpoints: [{ url: etcdUrl, version: "3.5.21" }] }),
    says: /older than 3\.5\.24/,
    silent: seeing({ missing: [], endpoints: [{ url: etcdUrl, version: "3.6.8" }] }),
  },
  "kubelet-version": {
    fires: prepared({ kubelet: { ...kubelet, version: "v1.37.0" } }),
    says: /v1\.37\.0, newer than Kubernetes v1\.36/,
    silent: prepared({ kubelet: { ...kubelet, version: "v1.33.12" } }),
  },
  "runtime-answers": {
    fires: prepared({ containerd: { ...containerd, answers: false } }),
    says: /does not answer kubelets/,
    silent: prepared(),
  },
  "cgroup-driver": {
    fires: prepared({ containerd: { ...containerd, version: "v1.7.28", systemdCgroup: false } }),
    says: /by cgroupfs, the kubelet will by systemd/,
    silent: prepared(),
  },
  "sandbox-image": {
    fires: prepared({ containerd: { ...containerd, sandboxImage: "registry.k8s.io/pause:3.8" } }),
    says: /every pod with registry\.k8s\.io\/pause:3\.8/,
    silent: prepared(),
  },
  images: {
    fires: prepared({ images: all.filter((name) => !/etcd|coredns/.test(name)) }),
    says: /2 images are not there, .*: registry\.k8s\.io\/etcd:\S+, registry\.k8s\.io\/coredns\/coredns/,
    silent: prepared(),
  },
  "runtime-config": {
    fires: prepared({}, { runtime: { name: "containerd", config: { version: 3 } } }),
    says: /keeps its configuration/,
    silent: prepared(),
  },
  "facts-known": { fires: onControlPlane({ unanswered: ["disks", "os"] }), says: /no answer about disks and os/, silent: well },
  root: { fires: onControlPlane({ machine: { ...machine, uid: 1000 } }), says: /user 1000/, silent: well },
  "ssh-sessions": {
    fires: onWorker({ sshd: { maxSessions: 1, forwards: true } }),
    says: /^sshd takes 1 session at once .*, a run needs 2$/,
    silent: onWorker({ sshd: { maxSessions: 2, forwards: false } }),
  },
  "other-cluster": {
    fires: onControlPlane({ ownership: { id: "33-44", name: "prod" } }),
    says: /belongs to the cluster prod/,
    silent: onControlPlane({ ownership: demo }),
  },
  "same-machine": {
    fires: onControlPlane({}, { others: new Map([["w1", healthy(1)]]) }),
    says: /same machine as w1/,
    silent: onControlPlane({}, { others: new Map([["w1", healthy(2, { identity })]]) }),
  },
  systemd: {
    fires: onControlPlane({ systemd: { running: false, state: "", units: {} } }),
    says: /systemd does not run/,
    silent: well,
  },
  "system-state": { fires: onControlPlane({ systemd: { ...running(), state: "maintenance" } }), says: /rescue/, silent: well },
  "os-family": {
    fires: onControlPlane({ os: { id: "alpine", idLike: [], versionId: "3.22", pretty: "Alpine Linux v3.22" } }),
    says: /Alpine Linux v3.22/,
    silent: onControlPlane({ os: { id: "rocky", idLike: ["rhel", "centos", "fedora"], versionId: "9.6", pretty: "Rocky Linux 9.6" } }),
  },
  architecture: { fires: onControlPlane({}, { platforms: ["linux/arm64"] }), says: /nothing for linux\/amd64/, silent: well },
  kernel: {
    fires: onControlPlane({ machine: { ...machine, kernel: "4.18.0-553.el8.x86_64" } }),
    says: /4\.18.* older than 5\.4/,
    silent: onControlPlane({ machine: { ...machine, kernel: "5.10.0-30-amd64" } }),
  },
  cpus: { fires: onControlPlane({ machine: { ...machine, cpus: 1 } }), says: /needs 2 CPUs, this host has 1/, silent: well },
  memory: {
    fires: onControlPlane({ machine: { ...machine, memory: GiB } }),
    says: /needs 1700 MiB of memory, this host has 1 GiB/,
    silent: onControlPlane({ machine: { ...machine, memory: 1700 * 1024 ** 2 } }),
  },
  commands: { fires: onControlPlane({ commands: withoutFlock }), says: /^flock is not installed/, silent: well },
  "useful-commands": { fires: onWorker({ commands: withoutConntrack }), says: /^conntrack is not installed/, silent: well },
  writable: {
    fires: onControlPlane({ disks: { ...oneDisk(), "/usr": disk({ mountPoint: "/usr", readOnly: true }) } }),
    says: /^\/usr is mounted read-only/,
    silent: well,
  },
  executable: {
    fires: onControlPlane({ disks: { ...oneDisk(), "/opt": disk({ mountPoint: "/opt", noExec: true }) } }),
    says: /\/opt: mounted with noexec/,
    silent: onControlPlane({ disks: { ...oneDisk(), "/tmp": disk({ mountPoint: "/tmp", noExec: true }) } }),
  },
  "disk-space": { fires: onControlPlane({ disks: oneDisk({ free: GiB }) }), says: /\/ has 1 GiB free, 2\.\d GiB are needed/, silent: well },
  "disk-pressure": { fires: onControlPlane({ disks: oneDisk({ free: 7 * GiB }) }), says: /15 % .*will evict pods/, silent: well },
  inodes: {
    fires: onControlPlane({ disks: oneDisk({ freeInodes: 900 }) }),
    says: /only 900 inodes left/,
    silent: onControlPlane({ disks: oneDisk({ inodes: 0, freeInodes: 0 }) }),
  },
  "cgroup-version": { fires: onControlPlane({ cgroups: { version: 1, controllers: [] } }), says: /refuses to start/, silent: well },
  "cgroup-controllers": {
    fires: onControlPlane({ cgroups: { version: 2, controllers: ["cpuset", "cpu", "io", "pids"] } }),
    says: /controller memory is not enabled/,
    silent: well,
  },
  "kernel-modules": {
    fires: onControlPlane({ modules: { ...modules, br_netfilter: "absent" } }),
    says: /no br_netfilter/,
    silent: onControlPlane({ modules: { ...modules, br_netfilter: "unknown" } }),
  },
  "vxlan-module": { fires: onControlPlane({ modules: { ...modules, vxlan: "absent" } }), says: /no vxlan/, silent: well },
  "proxy-modules": {
    fires: onControlPlane({ modules: { ...modules, ip_vs: "absent", ip_vs_sh: "absent" } }, { cluster: ipvs }),
    says: /no ip_vs and ip_vs_sh/,
    silent: onControlPlane({}, { cluster: ipvs }),
  },
  "ip-forward": {
    fires: onControlPlane({ sysctls: { values: { "net.ipv4.ip_forward": "0" }, readOnly: true } }),
    says: /ip_forward is 0 .*read-only/,
    silent: onControlPlane({ sysctls: { values: { "net.ipv4.ip_forward": "1" }, readOnly: true } }),
  },
  pids: {
    fires: onControlPlane({ cgroups: { ...healthy(1).cgroups, pidsMax: 512 } }),
    says: /control group allows 512/,
    silent: well,
  },
  swap: {
    fires: onControlPlane({ swap: { active: ["/swap.img"], fstab: [], units: [] } }),
    says: /swap is on; kbs will turn it off/,
    silent: well,
  },
  "swap-units": {
    fires: onControlPlane({ swap: { active: [], fstab: ["/dev/sda3 none swap sw 0 0"], units: ["dev-sda3.swap", "dev-zram0.swap"] } }),
    says: /systemd turns swap on at boot/,
    silent: onControlPlane({ swap: { active: [], fstab: ["/dev/sda3 none swap sw 0 0"], units: ["dev-sda3.swap"] } }),
  },
  selinux: {
    fires: onControlPlane({ security: { ...security, selinux: "enforcing" } }),
    says: /SELinux is enforcing/,
    silent: onControlPlane({ security: { ...security, selinux: "permissive" } }),
  },
  hostname: {
    fires: onControlPlane({}, { host: { ...well.host, name: "localhost" } }),
    says: /"localhost" cannot be the name of a node/,
    silent: well,
  },
  "hostname-unique": {
    fires: onControlPlane({ identity: { ...identity, hostname: "W1" } }),
    says: /calls itself W1.*10\.0\.0\.12/,
    silent: onControlPlane({ identity: { ...identity, hostname: "cp1" } }),
  },
  "machine-id-unique": {
    fires: onControlPlane({}, { others: new Map([["w1", healthy(2, { identity })]]) }),
    says: /also that of w1: cloned/,
    silent: well,
  },
  "product-uuid-unique": {
    fires: onControlPlane({}, { others: new Map([["w1", healthy(2, { identity: { ...healthy(2).identity, productUuid: "uuid-1" } })]]) }),
    says: /UUID is also that of w1/,
    silent: well,
  },
  "mac-unique": {
    fires: onControlPlane({}, { others: new Map([["w1", healthy(2, { network: network("10.0.0.12", "02:00:00:00:00:01") })]]) }),
    says: /hardware address .* also that of w1/,
    silent: well,
  },
  "clock-operator": { fires: onControlPlane({ clock: ahead }), says: /45 s ahead of this machine's/, silent: well },
  "clock-hosts": { fires: onWorker({ clock: ahead }), says: /45 s ahead of that of cp1/, silent: onWorker() },
  "time-sync": {
    fires: onControlPlane({ timeSync: "not-synchronised" }),
    says: /nothing keeps the clock/,
    silent: onControlPlane({ timeSync: "unknown" }),
  },
  "internal-address": {
    fires: onControlPlane({ network: network("10.0.2.15", "02:00:00:00:00:01") }),
    says: /no network interface has the node's address 10\.0\.0\.11/,
    silent: well,
  },
  "both-addresses": {
    fires: onControlPlane({}, { cluster: dualStack }),
    says: /the cluster has IPv4 and IPv6, and the node 10\.0\.0\.11 alone/,
    silent: onControlPlane({ network: dualNetwork }, { cluster: dualStack, host: dualHost }),
  },
  "default-route": {
    fires: onControlPlane({ network: { ...healthy(1).network, routes: [{ destination: "10.0.0.0/24", device: "eth0", family: 4 }] } }),
    says: /no default route/,
    silent: onControlPlane({ network: { ...healthy(1).network, routes: [{ destination: "10.96.0.0/12", device: "eth0", family: 4 }] } }),
  },
  subnets: {
    fires: onControlPlane({}, { cluster: cluster({ podSubnet: "10.0.0.0/16" }) }),
    says: /podSubnet 10\.0\.0\.0\/16 overlaps 10\.0\.0\.11\/24 of eth0/,
    silent: well,
  },
  mtu: {
    fires: onWorker({ network: network("10.0.0.12", "02:00:00:00:00:02", 1400) }),
    says: /MTU 1400, that of cp1 1500/,
    silent: onWorker(),
  },
  "resolv-conf": { fires: onControlPlane({ dns: {} }), says: /resolv\.conf is missing: CoreDNS would not start/, silent: well },
  "resolv-loop": {
    fires: onControlPlane({ dns: { resolvConf: { nameservers: ["127.0.0.1", "10.0.0.1"], search: [] } } }),
    says: /names 127\.0\.0\.1: inside a pod that is CoreDNS itself/,
    silent: onControlPlane({
      systemd: running("systemd-resolved"),
      dns: { resolvConf: { nameservers: ["127.0.0.53"], search: [] }, resolved: { nameservers: ["10.0.0.1"], search: [] } },
    }),
  },
  firewall: {
    fires: onWorker({ systemd: running("firewalld") }),
    says: /firewalld is active; .* reach 10250\/tcp, 8472\/udp here/,
    // ufw's service is active whether or not it filters.
    silent: onControlPlane({ systemd: running("ufw") }),
  },
  "nm-cloud-setup": { fires: onControlPlane({ systemd: running("nm-cloud-setup") }), says: /routing rules/, silent: well },
  "port-kube-apiserver": taken(6443, "nginx"),
  "port-kube-controller-manager": taken(10257, "python3"),
  "port-kube-scheduler": taken(10259, "python3"),
  "port-etcd": taken(2379, "etcd"),
  "port-kubelet": taken(10250, "k3s-server"),
  "port-kube-proxy": taken(10256, "java"),
  "port-flannel": taken(8472, "flanneld", "udp"),
  "port-haproxy": {
    fires: onWorker({ listeners: [listener(6443, "nginx")] }, { cluster: proxied }),
    says: /haproxy needs a port that is taken: nginx .*6443\/tcp/,
    silent: onWorker({}, { cluster: proxied }),
  },
  "endpoint-name": {
    fires: onWorker({}, { cluster: behindName, endpointAddresses: [] }),
    says: /knows no address of k8s\.example\.com/,
    silent: onWorker({}, { cluster: behindName, endpointAddresses: ["10.0.0.9"] }),
  },
  "load-balancer": {
    fires: onWorker({ ownership: demo, kubernetes: { ...kubernetes, manifests: ["/etc/kubernetes/manifests/haproxy.yaml"] } }),
    says: /reaches the API by haproxy, and the configuration says loadBalancer: none/,
    silent: onWorker(
      { ownership: demo, kubernetes: { ...kubernetes, manifests: ["/etc/kubernetes/manifests/haproxy.yaml"] } },
      { cluster: proxied },
    ),
  },
  "foreign-kubernetes": {
    fires: onControlPlane({ kubernetes: { ...kubernetes, manifests: ["/etc/kubernetes/manifests/etcd.yaml"] } }),
    says: /a Kubernetes node here already/,
    silent: onControlPlane({ ownership: demo, kubernetes: { ...kubernetes, manifests: ["/etc/kubernetes/manifests/etcd.yaml"] } }),
  },
  "other-distribution": { fires: onControlPlane({ systemd: running("k3s") }), says: /k3s runs here/, silent: well },
  "foreign-runtime": {
    fires: onControlPlane({ systemd: running("docker", "containerd") }),
    says: /docker and containerd run here/,
    silent: well,
  },
  "cni-configs": {
    fires: onControlPlane({ kubernetes: { ...kubernetes, cniConfigs: ["/etc/cni/net.d/100-crio-bridge.conflist"] } }),
    says: /network configurations already/,
    silent: onControlPlane({ kubernetes: { ...kubernetes, cniConfigs: ["/etc/cni/net.d/README"] } }),
  },
};
