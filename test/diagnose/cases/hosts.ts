import containerdStopped from "../recorded/containerd-stopped.json" with { type: "json" };
import kubeletConfig from "../recorded/kubelet-config.json" with { type: "json" };
import { edited, evidenceOf, journal, nodes, otherClock, units } from "../scene.ts";
import type { Case } from "./case.ts";

const crashing = "activating auto-restart exit-code 7 1";

const sizes = (free: string) =>
  edited("h1", "disks", /^\/var\/lib\/etcd=4096\|66053021\|\d+\|16777216\|\d+$/m, `/var/lib/etcd=4096|66053021|${free}`);

const oom = (seconds: number, name: string): string =>
  `[${seconds}.100000] Out of memory: Killed process 4711 (${name}) total-vm:1234kB, anon-rss:100kB\n`;

const missingPod = (state: string) => ({
  pods: [
    {
      namespace: "kube-system",
      name: "coredns-x",
      node: "h2",
      why: "ImagePullBackOff",
      containers: [`coredns registry.k8s.io/coredns/coredns:v9: ${state}, 0 restarts`],
    },
  ],
});

const worker = (log: readonly string[]) => ({ kubeletLog: journal("kubelet", log) });

export const hostCases: readonly Case[] = [
  {
    rule: "disk-full",
    on: "h1",
    says: "the disk mounted on / is full",
    speaks: evidenceOf({ h1: sizes("1200|16777216|100000") }),
    silent: evidenceOf({ h1: sizes("6600000|16777216|100000") }),
  },
  {
    rule: "inodes",
    on: "h1",
    says: "has 12 of 16777216 inodes left",
    speaks: evidenceOf({ h1: sizes("16533082|16777216|12") }),
    silent: evidenceOf({ h1: sizes("16533082|0|0") }),
  },
  {
    rule: "read-only-disk",
    on: "h1",
    says: "the disk mounted on / is read-only",
    speaks: evidenceOf({
      h1: {
        ...edited("h1", "disks", "ext4 rw,", "ext4 ro,"),
        kernelLog: "[900.1] EXT4-fs error (device vda1): ext4_journal_check_start\n",
      },
    }),
    silent: evidenceOf({ h1: edited("h1", "disks", "tmpfs rw", "tmpfs ro") }),
  },
  {
    rule: "disk-pressure",
    on: "h2",
    says: "short of disk space",
    speaks: evidenceOf({ api: nodes("h2", { conditions: ["DiskPressure=True KubeletHasDiskPressure: kubelet has disk pressure"] }) }),
    silent: evidenceOf({ api: nodes("h2", { conditions: ["DiskPressure=False KubeletHasNoDiskPressure: kubelet has no disk pressure"] }) }),
  },
  {
    rule: "out-of-memory",
    on: "h1",
    says: "the kernel has killed kube-apiserver",
    speaks: evidenceOf({ h1: { kernelLog: oom(12_900, "kube-apiserver") } }),
    silent: evidenceOf({ h1: { kernelLog: oom(100, "kube-apiserver") + oom(12_900, "firefox") } }),
  },
  {
    rule: "clock",
    on: "h2",
    says: "the clock is 60 min behind",
    speaks: otherClock(evidenceOf({}), -3_600_000),
    silent: otherClock(evidenceOf({}), 900),
  },
  {
    rule: "swap",
    on: "h2",
    says: "swap is on (/dev/sda2)",
    speaks: evidenceOf({
      h2: {
        ...units(crashing),
        swap: "@@ active\nFilename Type Size Used Priority\n/dev/sda2 partition 1000 0 -2\n",
        ...worker([
          'E0101 10:00:00.000000 1 run.go:72] "command failed" err="failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false"',
        ]),
      },
    }),
    silent: evidenceOf({ h2: { swap: "@@ active\nFilename Type Size Used Priority\n/dev/sda2 partition 1000 0 -2\n" } }),
  },
  {
    rule: "kernel-settings",
    on: "h1",
    says: "net.ipv4.ip_forward is 0, not 1",
    speaks: evidenceOf({ h1: edited("h1", "sysctls", "ip_forward:1", "ip_forward:0") }),
    silent: evidenceOf({ h1: edited("h1", "sysctls", "/proc/sys/net/ipv4/ip_forward:1\n", "") }),
  },
  {
    rule: "runtime-down",
    on: "h2",
    says: "containerd was stopped",
    speaks: evidenceOf({ h2: containerdStopped.h2 }),
    silent: evidenceOf({ h2: units("active running success", "reloading reload success") }),
  },
  {
    rule: "runtime-config",
    on: "h2",
    says: "containerd does not start: its configuration is wrong",
    speaks: evidenceOf({
      h2: {
        ...units("active running success", "failed failed exit-code 5 1"),
        containerdLog: journal("containerd", [
          "containerd: failed to load TOML: /etc/containerd/config.toml: toml: line 3: expected '=' after key",
        ]),
      },
    }),
    silent: evidenceOf({
      h2: { containerdLog: journal("containerd", ["containerd: failed to load TOML: /etc/containerd/config.toml: toml: line 3"]) },
    }),
  },
  {
    rule: "cgroup-driver",
    on: "h2",
    says: "the kubelet uses the cgroup driver cgroupfs, containerd systemd",
    speaks: evidenceOf({
      h2: {
        ...edited("h2", "runtime", "cgroupDriver: systemd", "cgroupDriver: cgroupfs"),
        ...worker([
          'E0101 10:00:00.0 1 pod_workers.go:1] "Error syncing pod" err="failed to create containerd task: expected cgroupsPath to be of format \\"slice:prefix:name\\" for systemd cgroups, got \\"/kubepods/x\\" instead"'.replaceAll(
            "\\",
            "",
          ),
        ]),
      },
    }),
    // A kubelet that follows its runtime may have another driver in its file, and runs.
    silent: evidenceOf({ h2: edited("h2", "runtime", "cgroupDriver: systemd", "cgroupDriver: cgroupfs") }),
  },
  {
    rule: "kubelet-config",
    on: "h2",
    says: "cannot unmarshal string into Go struct field KubeletConfiguration.maxPods",
    speaks: evidenceOf({ h2: kubeletConfig.h2 }),
    silent: evidenceOf({ h2: { ...kubeletConfig.h2, ...units("active running success") } }),
  },
  {
    rule: "kubelet-stopped",
    on: "h2",
    says: "the kubelet is stopped",
    speaks: evidenceOf({ h2: units("inactive dead success") }),
    silent: evidenceOf({ h2: { ...units("inactive dead success"), kubernetes: "" } }),
  },
  {
    rule: "kubelet-crash",
    on: "h2",
    says: "ends again and again (7 restarts",
    speaks: evidenceOf({
      h2: { ...units(crashing), ...worker(["panic: runtime error: invalid memory address or nil pointer dereference"]) },
    }),
    silent: evidenceOf({ h2: units("active running success 7 1") }),
  },
  {
    rule: "image-missing",
    on: "h2",
    says: "the image registry.k8s.io/coredns/coredns:v9 is not there",
    speaks: evidenceOf({ api: missingPod("waiting ImagePullBackOff: Back-off pulling image") }),
    silent: evidenceOf({ api: missingPod("waiting ContainerCreating") }),
  },
];
