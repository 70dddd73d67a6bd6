import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { versionsFor } from "../../src/supply/versions.ts";
import { cached, type Log } from "./cache.ts";
import { goBuild } from "./go-build.ts";
import { defaultMinor, goRecipes, type KubernetesMinor, kubernetesReleases } from "./go-recipes.ts";

/** Where a host has a program, by the name of its build. */
const places: Readonly<Record<string, string>> = {
  containerd: "usr/local/bin",
  runc: "usr/local/sbin",
  "cni-plugins": "opt/cni/bin",
  "flannel-cni": "opt/cni/bin",
  "kubernetes-node": "usr/bin",
};

const containerdConfig = (pause: string): string => `version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'registry.k8s.io/pause:${pause}'
[plugins.'io.containerd.cri.v1.runtime']
  # This kernel refuses a negative oom_score_adj.
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`;

const containerdUnit = `[Unit]
Description=containerd container runtime
After=network.target
[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
[Install]
WantedBy=multi-user.target
`;

const kubeletUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Wants=network-online.target
After=network-online.target
[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10
[Install]
WantedBy=multi-user.target
`;

// The file that Kubernetes' packages bring along for kubeadm.
const kubeadmDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;

/** Everything that a host needs beside its programs to be ready for kubeadm, by its path. */
const kubeadmFilesFor = (kubernetes: KubernetesMinor): Readonly<Record<string, string>> => ({
  "etc/containerd/config.toml": containerdConfig(versionsFor(kubernetesReleases[kubernetes]).pause),
  "etc/systemd/system/containerd.service": containerdUnit,
  "etc/systemd/system/kubelet.service": kubeletUnit,
  "etc/systemd/system/kubelet.service.d/10-kubeadm.conf": kubeadmDropIn,
  "etc/modules-load.d/kubernetes.conf": "overlay\nbr_netfilter\n",
  "etc/sysctl.d/90-kubernetes.conf":
    "net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\nnet.bridge.bridge-nf-call-ip6tables = 1\n",
});

/** The programs of a host that is ready for kubeadm: path on the host → file on this machine. */
const kubeadmPrograms = async (log: Log, kubernetes: KubernetesMinor): Promise<Record<string, string>> => {
  const files: Record<string, string> = {};
  for (const { name, programs } of goRecipes(kubernetes)) {
    const place = places[name];
    if (place === undefined) continue;
    const built = await goBuild(name, log, kubernetes);
    for (const program of Object.values(programs)) files[join(place, program)] = join(built, program);
  }
  return files;
};

/** A layer over the base that makes a host ready for kubeadm of that minor. */
export const preparedLayer = async (log: Log, kubernetes: KubernetesMinor = defaultMinor): Promise<string> => {
  const programs = await kubeadmPrograms(log, kubernetes);
  const kubeadmFiles = kubeadmFilesFor(kubernetes);
  return cached("prepared", { programs, kubeadmFiles }, log, async (directory) => {
    const place = async (path: string, make: (target: string) => Promise<void>): Promise<void> => {
      const target = join(directory, path);
      await mkdir(dirname(target), { recursive: true });
      await make(target);
    };
    for (const [path, file] of Object.entries(programs)) await place(path, (target) => link(file, target));
    for (const [path, content] of Object.entries(kubeadmFiles)) await place(path, (target) => writeFile(target, content));
    for (const unit of ["containerd", "kubelet"]) {
      // The same links that `systemctl enable` makes.
      await place(`etc/systemd/system/multi-user.target.wants/${unit}.service`, (target) =>
        symlink(`/etc/systemd/system/${unit}.service`, target),
      );
    }
  });
};
