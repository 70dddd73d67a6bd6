import type { Cluster } from "../../src/config/types.ts";
import { askEvidence, parseEvidence } from "../../src/diagnose/ask-host.ts";
import { readEtcd } from "../../src/diagnose/etcd-health.ts";
import type { HostEvidence } from "../../src/diagnose/evidence.ts";
import type { Reach } from "../../src/diagnose/reach.ts";
import { clock } from "../../src/facts/clock.ts";

/** Answers of one host, by the id of the question, as a host gave them. */
export type Answers = Readonly<Record<string, string>>;

const reachOf = (text: string): readonly Reach[] =>
  text.split("\n").flatMap((line) => {
    const [, answer, address = "", port, component = "", to = ""] =
      /^(open|refused|silent|unknown)\t(\S+):(\d+)\t(\S+) of (\S+)$/.exec(line) ?? [];
    if (answer !== "open" && answer !== "refused" && answer !== "silent" && answer !== "unknown") return [];
    return [{ answer, address, port: Number(port), component, to }];
  });

/** Evidence out of recorded answers, through the very parsers that hear a host. This machine's clock is taken to be the host's. */
export const replay = (cluster: Cluster, name: string, answers: Answers): HostEvidence => {
  const host = cluster.hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`the cluster has no ${name}`);
  const questions = askEvidence(cluster);
  const strange = Object.keys(answers).filter(
    (id) => id !== "reach" && id !== "etcdHealth" && !questions.some((question) => question.id === id),
  );
  if (strange.length > 0) throw new Error(`nobody asks for ${strange.join(", ")}`);
  const records = questions.map(({ id }, index) => ({ index, state: "answer" as const, code: 0, output: Buffer.from(answers[id] ?? "") }));
  const now = clock.parse(answers["clock"] ?? "", 0).epochMs ?? 0;
  const health = answers["etcdHealth"] || undefined;
  const said = parseEvidence(cluster, host, { records, asked: { from: now, to: now } });
  return {
    ...said,
    raw: new Map([...said.raw, ["reach", answers["reach"] ?? ""], ["etcdHealth", health ?? ""]]),
    reach: reachOf(answers["reach"] ?? ""),
    ...(health !== undefined && { etcd: readEtcd(health, health) }),
  };
};
