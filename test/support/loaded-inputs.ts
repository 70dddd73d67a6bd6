import { statSync } from "node:fs";
import { join } from "node:path";
import type { Lab, LabHost } from "../lab/index.ts";
import { processesOf } from "./host-processes.ts";

const pki = "/etc/kubernetes/pki";
const manifests = "/etc/kubernetes/manifests";

/** A process that reads files when it starts. */
interface Service {
  /** The process's name. */
  readonly name: string;
  /** The stamp in /var/lib/kbs/loaded; undefined where the kubelet alone watches over the manifest. */
  readonly stamp?: string;
  readonly inputs: readonly string[];
  /** Read at the start too, but watched by others than the stamp. */
  readonly more?: readonly string[];
}

const everywhere: readonly Service[] = [
  {
    name: "containerd",
    stamp: "containerd.service",
    inputs: ["/etc/systemd/system/containerd.service", "/etc/containerd/config.toml", "/usr/local/bin/containerd"],
  },
  {
    name: "kubelet",
    stamp: "kubelet.service",
    inputs: [
      "/usr/bin/kubelet",
      "/etc/systemd/system/kubelet.service",
      "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
      "/var/lib/kubelet/kubeadm-flags.env",
      "/var/lib/kubelet/instance-config.yaml",
      "/var/lib/kubelet/config.yaml",
      `${pki}/ca.crt`,
    ],
  },
];

const ofControlPlanes: readonly Service[] = [
  {
    name: "kube-apiserver",
    stamp: "pod-kube-apiserver",
    inputs: [`${pki}/sa.key`, `${pki}/sa.pub`, `${pki}/etcd/ca.crt`],
    more: [`${manifests}/kube-apiserver.yaml`, `${pki}/apiserver.crt`, `${pki}/apiserver-kubelet-client.crt`],
  },
  {
    name: "kube-controller",
    stamp: "pod-kube-controller-manager",
    inputs: ["/etc/kubernetes/controller-manager.conf", `${pki}/sa.key`, `${pki}/ca.crt`, `${pki}/ca.key`],
    more: [`${manifests}/kube-controller-manager.yaml`],
  },
  {
    name: "kube-scheduler",
    stamp: "pod-kube-scheduler",
    inputs: ["/etc/kubernetes/scheduler.conf"],
    more: [`${manifests}/kube-scheduler.yaml`],
  },
  { name: "etcd", inputs: [], more: [`${manifests}/etcd.yaml`, `${pki}/etcd/ca.crt`, `${pki}/etcd/server.crt`, `${pki}/etcd/peer.crt`] },
];

/** What the inputs hold now, as kbs stamps it: executables by their identity, all else by content. */
const stampOf = (inputs: readonly string[]): string =>
  inputs.map((path) => (/^\/(?:usr|opt)\//.test(path) ? `stat -c '%i.%s.%.9Z' ${path}` : `cat ${path}`)).join("; ");

/** Milliseconds by which the kernel's clocks for files and for processes may differ. */
const tick = 20;

const inHost = (host: LabHost, path: string): string =>
  path.startsWith("/var/lib/") ? join(host.varLibDirectory, path.slice("/var/lib/".length)) : join(host.rootDirectory, path);

const troublesOf = async (host: LabHost, services: readonly Service[]): Promise<string[]> => {
  const stamped = services.filter(({ stamp }) => stamp !== undefined);
  const script = stamped.map(
    ({ stamp, inputs }) => `echo "$(cut -d" " -f1 /var/lib/kbs/loaded/${stamp}) $({ ${stampOf(inputs)}; } | sha256sum | cut -c1-64)"`,
  );
  const { stdout } = await host.run(script.join("\n"));
  const lines = stdout.trimEnd().split("\n");
  const stale = stamped.flatMap(({ stamp }, index) => {
    const [loaded, now] = lines[index]?.split(" ") ?? [];
    return loaded !== undefined && loaded.length === 64 && loaded === now
      ? []
      : [`${host.name}: ${stamp} is stamped ${loaded}, its inputs are ${now}`];
  });
  const processes = await processesOf(host);
  const older = services.flatMap(({ name, inputs, more = [] }) => {
    const [found, ...others] = processes.filter((process) => process.name === name);
    if (!found || others.length > 0) return [`${host.name}: ${name} runs ${found ? others.length + 1 : 0} times`];
    return [...inputs, ...more]
      .filter((path) => statSync(inHost(host, path)).ctimeMs > found.started + tick)
      .map(
        (path) =>
          `${host.name}: ${name} has run since ${new Date(found.started).toISOString()}, ${path} is of ${statSync(inHost(host, path)).ctime.toISOString()}`,
      );
  });
  return [...stale, ...older];
};

/** What runs with other inputs than its files hold, a line each. The first host is the control plane. */
export const staleProcesses = async ({ hosts }: Lab): Promise<string[]> =>
  (await Promise.all(hosts.map((host, nth) => troublesOf(host, nth === 0 ? [...everywhere, ...ofControlPlanes] : everywhere)))).flat();
