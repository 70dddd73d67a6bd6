import { etcdUnitPath } from "../paths.ts";
import { type EtcdInput, etcdFlags } from "../static-pods/etcd.ts";

export const etcdBinary = "/usr/local/bin/etcd";

/** A word of ExecStart as systemd.service(5) wants it: `%` and `$` mean something there, and so do blanks and quotes. */
const word = (text: string): string => {
  const plain = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /["'\\\s;]/.test(plain) ? `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"` : plain;
};

/**
 * A member of etcd on a host of its own, with the flags of the static pod. It counts as started when it serves clients, which takes a leader; a member
 * whose others are away is not killed for that.
 */
export const etcdUnit = (input: Pick<EtcdInput, "cluster" | "node" | "joining">) =>
  ({
    path: etcdUnitPath,
    mode: 0o644,
    content: `[Unit]
Description=etcd
Documentation=https://etcd.io/docs
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart=${[etcdBinary, ...etcdFlags(input)].map(word).join(" \\\n  ")}
Restart=always
RestartSec=2
TimeoutStartSec=infinity
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`,
  }) as const;
