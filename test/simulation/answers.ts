import { readFileSync } from "node:fs";
import type { Question } from "../../src/changes/message.ts";
import type { FakeMachine } from "../support/fake-host.ts";

interface Recorded {
  readonly facts: Readonly<Record<string, { readonly output: readonly string[] }>>;
}

const read = (name: string): ReadonlyMap<string, string> => {
  const { facts }: Recorded = JSON.parse(readFileSync(new URL(`../facts/recorded/${name}.json`, import.meta.url), "utf8"));
  return new Map(Object.entries(facts).map(([id, { output }]) => [id, output.join("\n")]));
};

/** What a real host has answered: Debian 12, with the cgroups of a virtual machine. */
const recorded: ReadonlyMap<string, string> = new Map([
  ...read("debian-12-container"),
  ["cgroups", read("debian-13").get("cgroups") ?? ""],
  ["proxies", ""],
  ["timeSync", "NTPSynchronized=yes"],
]);

/** What a host was like before kbs came, where it is to be like a certain one. */
export interface Bare {
  /** What it said, by the id of the question. */
  readonly answers: ReadonlyMap<string, string>;
  /** Its folders, with their permission bits. */
  readonly folders: ReadonlyMap<string, number>;
}

export interface Identity {
  readonly nth: number;
  readonly name: string;
  readonly address: string;
}

const hex = (value: number, length: number): string => value.toString(16).padStart(length, "0");

/** Where the recorded host names itself, its address and its network card, this one names its own. */
const own = (text: string, { nth, name, address }: Identity): string =>
  text
    .replaceAll("10.77.0.11/24", `${address}/16`)
    .replaceAll("10.77.0.11", address)
    .replaceAll("7e:92:ae:da:46:bd", `02:00:00:${hex(nth, 6).replaceAll(/(..)(?=.)/g, "$1:")}`)
    .replaceAll("778f8c4a60ad431da07e3fb3563c89fa", hex(nth + 1, 32))
    .replaceAll(/\bh1\b/g, name);

/** What a host says before kbs has changed anything. */
const bareAnswer = (id: string, identity: Identity, bare: Bare | undefined): string =>
  // What no host was asked when it was recorded is answered by nothing: every parser can live with that.
  bare?.answers.get(id) ?? own(recorded.get(id) ?? "", identity);

/** Kernel settings and host name as they are from the start, by the ids of their changes. */
export const bareStates = (identity: Identity, bare: Bare | undefined): readonly (readonly [string, string])[] => [
  ...[...bareAnswer("sysctls", identity, bare).matchAll(/^\/proc\/sys\/(\S+):(.*)$/gm)].map(
    ([, path = "", value = ""]) => [`sysctl:${path.replaceAll("/", ".")}`, value] as const,
  ),
  ["hostname", /^static=(.*)$/m.exec(bareAnswer("identity", identity, bare))?.[1] ?? ""],
];

const textOf = (machine: FakeMachine, path: string): string | undefined => machine.nodes.get(path)?.content.toString();

/** Files of the PKI, in the words of their question. */
const pkiFiles = ({ nodes }: FakeMachine): string => {
  const files = [...nodes].filter(
    ([path, { type }]) =>
      type === "regular file" && (path.startsWith("/etc/kubernetes/pki/") || /^\/etc\/kubernetes\/[a-z-]+\.conf$/.test(path)),
  );
  const known = files.filter(([path]) => !path.endsWith("bootstrap-kubelet.conf"));
  if (known.length === 0) return "";
  const sizes = known.map(([path, { mode, content }]) => `${mode.toString(8)} ${content.length} ${path}`);
  const content = Buffer.concat(known.map(([, node]) => node.content)).toString("base64");
  return ["@@ files", ...sizes, "@@ content", content, ""].join("\n");
};

/** What a simulated machine says to a question: what a real one has said once, as far as kbs has not changed it since. */
export const answerOf = (machine: FakeMachine, { id }: Question, identity: Identity, hasJoined: boolean, bare?: Bare): string => {
  if (id === "clock") return `epoch=${BigInt(Date.now()) * 1_000_000n}\nuptime=1000.00\nboot=boot-${identity.nth}\n`;
  if (id === "ownership") return textOf(machine, "/var/lib/kbs/cluster") ?? "";
  if (id === "hostsFile") return textOf(machine, "/etc/hosts") ?? bareAnswer(id, identity, bare);
  if (id === "kubeletIdentity") return hasJoined ? "yes\n" : "";
  if (id === "pkiFiles") return pkiFiles(machine);
  return bareAnswer(id, identity, bare);
};
