import { fact } from "../../facts/fact.ts";
import { type LogLine, logBytes, parseJournal } from "./log.ts";

/** Lines of each journal. */
const lines = 200;

/** What a service, and systemd about it, wrote last. Not for logs of runs as it is: a journal may quote a secret. */
const journalOf = <Id extends string>(id: Id, unit: string) =>
  fact(
    id,
    `journalctl -u ${unit} -n ${lines} --no-pager -q -o short-unix | cut -c -1000 | tail -c ${logBytes}`,
    (output): readonly LogLine[] => parseJournal(output),
    { secret: true },
  );

export const kubeletLog = journalOf("kubeletLog", "kubelet.service");
export const containerdLog = journalOf("containerdLog", "containerd.service");
/** Empty where etcd is no service. */
export const etcdLog = journalOf("etcdLog", "etcd.service");

/** Lines of the kernel that tell of killed processes and failing disks. Their time is seconds since boot. */
export const kernelLog = fact(
  "kernelLog",
  `
pattern='out of memory|oom-kill|oom_reaper|i/o error|remounting filesystem|EXT4-fs error|XFS .*(error|corruption)|blocked for more than'
{ dmesg || journalctl -k -b -n 2000 --no-pager -q -o short-monotonic; } | grep -aiE "$pattern" | tail -n 50 | cut -c -400`,
  (output): readonly KernelLine[] =>
    output.split("\n").flatMap((line) => {
      const [, seconds, text] = /^(?:<\d+>)?\[\s*(\d+\.\d+)\]\s*(?:\S+ kernel: )?(.*)$/.exec(line) ?? [];
      return seconds === undefined || text === undefined ? [] : [{ uptime: Number(seconds), text }];
    }),
  { secret: true },
);

export interface KernelLine {
  /** Seconds after boot. */
  readonly uptime: number;
  readonly text: string;
}
