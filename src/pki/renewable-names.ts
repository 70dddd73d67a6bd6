/** What `certs renew` takes: the table's leaves and kubeconfigs without kubelet.conf, whose certificate the kubelet renews. By name. */
export const renewableNames = [
  "admin.conf",
  "apiserver",
  "apiserver-etcd-client",
  "apiserver-kubelet-client",
  "controller-manager.conf",
  "etcd-healthcheck-client",
  "etcd-peer",
  "etcd-server",
  "front-proxy-client",
  "scheduler.conf",
  "super-admin.conf",
] as const;
