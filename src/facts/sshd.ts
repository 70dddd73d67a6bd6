import { fact } from "./fact.ts";
import { lines, toNumber } from "./text.ts";

/** What sshd's configuration says of a log-in such as ours. Empty where it says nothing of it (MaxSessions is 10 then), or could not be asked. */
export interface SshdFact {
  /** Commands that one connection may run at once. */
  readonly maxSessions?: number;
  /** Whether connections from the host may go through SSH itself. */
  readonly forwards?: boolean;
}

/**
 * To ask sshd takes as long as many other questions, so only what somebody has set is asked for; by its whole path, without which older ones refuse.
 * sudo drops the log-in's address: then loopback is taken for it.
 */
export const sshd = fact(
  "sshd",
  `
grep -rqisE '^[[:space:]]*(MaxSessions|AllowTcpForwarding|DisableForwarding)[[:space:]=]' \\
  /etc/ssh/sshd_config /etc/ssh/sshd_config.d /usr/etc/ssh/sshd_config /usr/etc/ssh/sshd_config.d || exit 0
user=\${SUDO_USER:-\${DOAS_USER:-root}}
set -- \${SSH_CONNECTION:-127.0.0.1 0 127.0.0.1 22}
"$(command -v sshd)" -T -C "user=$user,host=$1,addr=$1,laddr=$3,lport=$4" | grep -iE '^(maxsessions|allowtcpforwarding|disableforwarding) '`,
  (output): SshdFact => {
    const values = new Map(
      lines(output.toLowerCase()).map((line): [string, string] => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]),
    );
    const maxSessions = toNumber(values.get("maxsessions"));
    const allows = values.get("allowtcpforwarding");
    return {
      ...(maxSessions !== undefined && { maxSessions }),
      ...(allows !== undefined && { forwards: ["yes", "all", "local"].includes(allows) && values.get("disableforwarding") !== "yes" }),
    };
  },
);
