import { clockOffset } from "../../facts/index.ts";
import { span } from "../../preflight/words.ts";
import type { Evidence, HostEvidence } from "../evidence.ts";
import { few, seenIn } from "../look.ts";
import type { Cause, Rule } from "../rule.ts";

/** Milliseconds. Certificates of kubeadm and kbs begin five minutes in the past; leases and tokens suffer earlier. */
const far = 30_000;

const remedy = 'set it right and keep it so: enable chrony or systemd-timesyncd, then "timedatectl" tells';

interface Offset {
  readonly on: HostEvidence;
  /** Milliseconds ahead of this machine, and how exact that is. */
  readonly ms: number;
  readonly within: number;
}

/** The clock in the middle, this machine's among them, so that one wrong clock accuses no other. */
const middle = (offsets: readonly Offset[]): number => {
  const all = [0, ...offsets.map(({ ms }) => ms)].toSorted((a, b) => a - b);
  return offsets.length === 1 ? 0 : (all[Math.floor(all.length / 2)] ?? 0);
};

const wrongHost = ({ on, ms }: Offset, right: number): Cause => ({
  host: on.host.name,
  cause: `the clock is ${span(ms - right)} ${ms > right ? "ahead of" : "behind"} the others': certificates and tokens are taken for expired, or not yet valid`,
  remedy,
  certainty: "certain",
  seen: few(seenIn(on.kubeletLog, /certificate has expired or is not yet valid|clock/i, on)),
});

const wrongHere = (right: number): Cause => ({
  cause: `the clock of this machine, on which kbs runs, is ${span(right)} ${right > 0 ? "behind" : "ahead of"} those of the hosts: certificates that it makes begin at the wrong time`,
  remedy,
  certainty: "certain",
  seen: [],
});

const find = ({ hosts }: Evidence): readonly Cause[] => {
  const offsets = hosts.flatMap((on) => {
    const offset = clockOffset(on.facts);
    return offset === undefined ? [] : [{ on, ...offset }];
  });
  const right = middle(offsets);
  const least = Math.max(0, ...offsets.map(({ within }) => within));
  const wrong = offsets.filter(({ ms, within }) => Math.abs(ms - right) - within - least > far);
  return [...(Math.abs(right) - least > far ? [wrongHere(right)] : []), ...wrong.map((one) => wrongHost(one, right))];
};

export const clock: Rule = { id: "clock", question: "Is a host's clock, or this machine's, far from the others?", find };
