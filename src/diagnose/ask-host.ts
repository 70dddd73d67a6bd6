import type { Host } from "../changes/host.ts";
import type { Record as Answer, Question } from "../changes/message.ts";
import { memberHosts } from "../config/roles.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
import type { Fact } from "../facts/fact.ts";
import { askFacts, parseFacts } from "../facts/index.ts";
import { urlHost } from "../pki/names.ts";
import { localhost } from "../templates/static-pods/index.ts";
import { askEtcd } from "./etcd-health.ts";
import type { HostEvidence } from "./evidence.ts";
import { certificates } from "./questions/certificates.ts";
import { cni } from "./questions/cni.ts";
import { containers } from "./questions/containers.ts";
import { endpointOf } from "./questions/endpoint.ts";
import { containerdLog, etcdLog, kernelLog, kubeletLog } from "./questions/journals.ts";
import { kbsState } from "./questions/kbs-state.ts";
import { memory } from "./questions/memory.ts";
import { runtime } from "./questions/runtime.ts";
import { units } from "./questions/units.ts";
import { type Reach, targetsOf, tryTargets } from "./reach.ts";

/** Milliseconds for all questions to one host. */
const within = 120_000;

/** What only a diagnosis asks, behind the facts of every survey. */
const ownQuestions = (cluster: Cluster): readonly Question[] =>
  [
    units,
    kubeletLog,
    containerdLog,
    etcdLog,
    kernelLog,
    containers,
    certificates,
    cni,
    runtime,
    memory,
    kbsState,
    endpointOf(cluster.controlPlaneEndpoint.host),
  ].map(({ question }) => question);

/** Every question of a diagnosis, in the order of its message. */
export const askEvidence = (cluster: Cluster): readonly Question[] => [...askFacts(), ...ownQuestions(cluster)];

interface Heard {
  readonly records: readonly Answer[];
  /** When the message went out and when its first answer came: milliseconds since 1970. */
  readonly asked: { readonly from: number; readonly to: number };
}

/** Evidence out of the answers to `askEvidence`. */
export const parseEvidence = (cluster: Cluster, host: ClusterHost, { records, asked }: Heard): Omit<HostEvidence, "reach" | "etcd"> => {
  const questions = askEvidence(cluster);
  const texts = questions.map((_, nth) => records.find(({ index }) => index === nth)?.output.toString("utf8") ?? "");
  const hear = <T>({ id, parse }: Fact<T>): T => parse(texts[questions.findIndex((question) => question.id === id)] ?? "", 0);
  return {
    host,
    facts: parseFacts(records, asked),
    units: hear(units),
    kubeletLog: hear(kubeletLog),
    containerdLog: hear(containerdLog),
    etcdLog: hear(etcdLog),
    kernelLog: hear(kernelLog),
    containers: hear(containers),
    certificates: hear(certificates),
    cni: hear(cni),
    runtime: hear(runtime),
    memory: hear(memory),
    endpoint: hear(endpointOf(cluster.controlPlaneEndpoint.host)),
    kbs: hear(kbsState),
    raw: new Map(questions.map(({ id }, nth) => [id, texts[nth] ?? ""])),
  };
};

const reachText = (reach: readonly Reach[]): string =>
  reach.map(({ to, address, port, component, answer }) => `${answer}\t${urlHost(address)}:${port}\t${component} of ${to}\n`).join("");

/**
 * Asks one host for all that the rules look at: one message, and connections from there to what it must reach. Changes nothing.
 * @throws UserError when the host does not answer
 */
export const askHost = async (cluster: Cluster, host: ClusterHost, door: Host, signal: AbortSignal): Promise<HostEvidence> => {
  const from = Date.now();
  let to = from;
  const onRecord = (): void => {
    if (to === from) to = Date.now();
  };
  const [{ records }, reach, etcd] = await Promise.all([
    door.send({ kind: "ask", questions: askEvidence(cluster) }, { signal, timeout: within, onRecord }),
    tryTargets(door, targetsOf(cluster, host), signal),
    memberHosts(cluster).includes(host) ? askEtcd(door, localhost(host.internalAddress), signal) : undefined,
  ]);
  const said = parseEvidence(cluster, host, { records, asked: { from, to } });
  const raw = new Map([...said.raw, ["reach", reachText(reach)], ...(etcd ? [["etcdHealth", etcd.raw] as const] : [])]);
  return { ...said, raw, reach, ...(etcd && { etcd: etcd.evidence }) };
};
