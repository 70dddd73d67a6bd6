import { kubeletDirectory, kubernetesDirectory } from "../paths.ts";

const unitDirectory = "/etc/systemd/system";
export const kubeletBinary = "/usr/bin/kubelet";

/**
 * The unit of the packages of pkgs.k8s.io. After the runtime, so that the first start after a boot finds its socket; without a limit of
 * starts, since a kubelet that waits for its configuration starts again and again.
 */
export const kubeletUnit = {
  path: `${unitDirectory}/kubelet.service`,
  mode: 0o644,
  content: `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target containerd.service crio.service
StartLimitIntervalSec=0

[Service]
ExecStart=${kubeletBinary}
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
`,
} as const;

/** How kubeadm's files reach the kubelet. Extra arguments of an administrator are read from where either family of packages has them. */
export const kubeletDropIn = {
  path: `${unitDirectory}/kubelet.service.d/10-kubeadm.conf`,
  mode: 0o644,
  content: `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=${kubernetesDirectory}/bootstrap-kubelet.conf --kubeconfig=${kubernetesDirectory}/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=${kubeletDirectory}/config.yaml"
EnvironmentFile=-${kubeletDirectory}/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
EnvironmentFile=-/etc/sysconfig/kubelet
ExecStart=
ExecStart=${kubeletBinary} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`,
} as const;
