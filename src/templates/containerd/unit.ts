export const containerdBinary = "/usr/local/bin/containerd";

/**
 * The unit as containerd's project gives it. Only containerd itself is killed at a stop: the shims and their containers live on. Where a
 * container forbids the negative OOM score, systemd goes on without it.
 */
export const containerdUnit = {
  path: "/etc/systemd/system/containerd.service",
  mode: 0o644,
  content: `[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${containerdBinary}
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`,
} as const;
