// What the kernel of a container host cannot do, as any user with such hosts would write it in a configuration.

/** cgroup v1, which a kubelet refuses from 1.35 on unless told. */
export const kubeletNeeds = { failCgroupV1: false };

/** nf_conntrack_max and its timeouts can be set in the first network namespace only; 0 leaves them alone. */
export const kubeProxyNeeds = { conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" } };

/** Without CAP_SYS_RESOURCE a negative oom_score_adj is refused. A fragment of containerd's config.toml. */
export const containerdNeeds = { plugins: { "io.containerd.cri.v1.runtime": { restrict_oom_score_adj: true } } };
