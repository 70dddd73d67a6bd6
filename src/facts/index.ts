import type { Record as Answer, Question } from "../changes/message.ts";
import { keysOf } from "../shared/objects.ts";
import { cgroups } from "./cgroups.ts";
import { clock } from "./clock.ts";
import { commands } from "./commands.ts";
import { disks } from "./disks.ts";
import { dns } from "./dns.ts";
import type { Fact } from "./fact.ts";
import { hostsFile } from "./hosts-file.ts";
import { identity } from "./identity.ts";
import { kubernetes } from "./kubernetes.ts";
import { listeners } from "./listeners.ts";
import { machine } from "./machine.ts";
import { modules } from "./modules.ts";
import { network } from "./network.ts";
import { os } from "./os.ts";
import { ownership } from "./ownership.ts";
import { packaged } from "./packaged.ts";
import { proxies } from "./proxies.ts";
import { security } from "./security.ts";
import { sshd } from "./sshd.ts";
import { swap } from "./swap.ts";
import { sysctls } from "./sysctls.ts";
import { systemd } from "./systemd.ts";
import { timeSync } from "./time-sync.ts";
import { trust } from "./trust.ts";

/** What kbs wants to know of every host, asked in one message. The clock comes first: see there. */
export const hostFacts = {
  clock,
  machine,
  os,
  identity,
  systemd,
  timeSync,
  swap,
  cgroups,
  modules,
  sysctls,
  disks,
  network,
  listeners,
  commands,
  security,
  sshd,
  kubernetes,
  packaged,
  ownership,
  dns,
  hostsFile,
  proxies,
  trust,
} as const;

type FactName = keyof typeof hostFacts;

/** When a message of questions went out and when its first answer came back: this machine's wall clock, in milliseconds since 1970. */
export interface Asked {
  readonly from: number;
  readonly to: number;
}

export type HostFacts = { readonly [Name in FactName]: ReturnType<(typeof hostFacts)[Name]["parse"]> } & {
  readonly asked: Asked;
  /** Questions that failed or ran into their time limit. Their facts hold what could be made of nothing. */
  readonly unanswered: readonly FactName[];
};

const names = keysOf(hostFacts);

/** The questions of all host facts. Others may be sent behind them in the same message. */
export const askFacts = (): readonly Question[] => names.map((name) => hostFacts[name].question);

/** One fact out of the records of a message, by the place of its question; undefined when it was not answered. */
export const readFact = <T>(fact: Fact<T>, questions: readonly Question[], answers: readonly Answer[]): T | undefined => {
  const index = questions.findIndex(({ id }) => id === fact.id);
  const answer = answers.find((record) => record.index === index);
  return answer?.code === 0 ? fact.parse(answer.output.toString("utf8"), answer.code) : undefined;
};

/**
 * All facts out of the records of a message whose first questions were `askFacts()`. `asked` bounds the moment at which the host's clock was
 * read; the narrower, the better the clock's offset is known.
 */
export const parseFacts = (answers: readonly Answer[], asked: Asked): HostFacts => {
  const byIndex = new Map(answers.map((answer) => [answer.index, answer]));
  const answerTo = (name: FactName): Answer | undefined => byIndex.get(names.indexOf(name));
  const hear = <T>(fact: Fact<T, FactName>): T => {
    const answer = answerTo(fact.id);
    return fact.parse(answer?.output.toString("utf8") ?? "", answer?.code ?? 1);
  };
  return {
    asked,
    unanswered: names.filter((name) => answerTo(name)?.code !== 0),
    clock: hear(clock),
    machine: hear(machine),
    os: hear(os),
    identity: hear(identity),
    systemd: hear(systemd),
    timeSync: hear(timeSync),
    swap: hear(swap),
    cgroups: hear(cgroups),
    modules: hear(modules),
    sysctls: hear(sysctls),
    disks: hear(disks),
    network: hear(network),
    listeners: hear(listeners),
    commands: hear(commands),
    security: hear(security),
    sshd: hear(sshd),
    kubernetes: hear(kubernetes),
    packaged: hear(packaged),
    ownership: hear(ownership),
    dns: hear(dns),
    hostsFile: hear(hostsFile),
    proxies: hear(proxies),
    trust: hear(trust),
  };
};

/** How far a host's clock is from this machine's: positive when it is ahead. Undefined when it could not be read. */
export const clockOffset = ({ clock, asked }: HostFacts): { readonly ms: number; readonly within: number } | undefined =>
  clock.epochMs === undefined
    ? undefined
    : { ms: Math.round(clock.epochMs - (asked.from + asked.to) / 2), within: Math.ceil((asked.to - asked.from) / 2) + clock.precisionMs };

export type { Fact } from "./fact.ts";
export { type PkiFilesFact, pkiFiles, pkiFilesIn, pkiFilesOf } from "./pki-files.ts";
