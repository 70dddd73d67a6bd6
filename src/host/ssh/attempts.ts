import { UserError } from "../../shared/errors.ts";
import type { Hop } from "./hop.ts";
import { type KeyFile, readKeyFile } from "./key-file.ts";
import { type AuthMethod, agentKeys, agentMethod, type ParsedKey } from "./ssh2.ts";
import type { Prompt } from "./target.ts";

/** One way to log in, tried when its turn comes and the server allows it. */
export interface Attempt {
  /** As the server names the method. */
  readonly method: "publickey" | "keyboard-interactive" | "password";
  /** For the sentence on what was tried. */
  readonly label: string;
  /** May ask a person. A text is the reason why it cannot be tried after all. Calls `gave` when the server is given a password. */
  readonly make: (gave: () => void) => Promise<AuthMethod | string>;
}

/** What can be tried, and why other things cannot. */
export interface Plan {
  readonly attempts: readonly Attempt[];
  readonly left: readonly string[];
}

const ready = (user: string, path: string, key: ParsedKey): Attempt => ({
  method: "publickey",
  label: `key file ${path}`,
  make: async () => ({ type: "publickey", username: user, key }),
});

/** As OpenSSH: three tries to type a passphrase or password. */
export const passwordTries = 3;

const askPassphrase = (hop: Hop, path: string, prompt: Prompt): Attempt => ({
  method: "publickey",
  label: `key file ${path}`,
  make: async () => {
    for (let count = 0; count < passwordTries; count++) {
      const passphrase = await prompt({ host: hop.name, text: `Enter passphrase for key '${path}': `, secret: true });
      if (passphrase === "") break;
      const file = readKeyFile(path, passphrase);
      if (file.kind === "ready") return { type: "publickey", username: hop.user, key: file.key };
    }
    return `key file ${path} (no right passphrase)`;
  },
});

const ofAgent = (hop: Hop, socket: string, key: ParsedKey): Attempt => ({
  method: "publickey",
  label: `agent key ${key.comment || key.type}`,
  make: async () => agentMethod(hop.user, socket, key),
});

const missing = (hop: Hop, path: string): UserError =>
  new UserError(`the key file ${path} of ${hop.name} does not exist`, {
    exit: "unreachable",
    host: hop.name,
    hint: "correct identityFile",
  });

interface Agent {
  readonly socket: string;
  readonly keys: readonly ParsedKey[];
}

const openAgent = async (hop: Hop, left: string[]): Promise<Agent | undefined> => {
  const socket = hop.identity.agentSocket;
  if (socket === undefined) return undefined;
  try {
    return { socket, keys: await agentKeys(socket) };
  } catch {
    left.push(`the SSH agent at ${socket} (it does not answer)`);
    return undefined;
  }
};

const publicBlobOf = (file: KeyFile): Buffer | undefined =>
  file.kind === "ready" ? file.key.getPublicSSH() : file.kind === "locked" || file.kind === "public" ? file.publicBlob : undefined;

/** The attempt with one key file: itself, the same key in the agent, or after asking for its passphrase. */
const ofFile = (hop: Hop, path: string, file: KeyFile, agent: Agent | undefined, prompt: Prompt | undefined): Attempt | string => {
  if (file.kind === "ready") return ready(hop.user, path, file.key);
  const blob = publicBlobOf(file);
  const held = blob && agent?.keys.find((key) => key.getPublicSSH().equals(blob));
  if (held && agent) return ofAgent(hop, agent.socket, held);
  if (file.kind === "locked" && prompt !== undefined) return askPassphrase(hop, path, prompt);
  if (file.kind === "locked") return `key file ${path} (encrypted, ${file.wrong ? "the passphrase is wrong" : "no passphrase is known"})`;
  if (file.kind === "public") return `key file ${path} (a public key, of which the agent has no private half)`;
  return file.kind === "unusable" ? `key file ${path} (it ${file.reason})` : `key file ${path} (it does not exist)`;
};

const publicKeyPlan = async (hop: Hop, prompt: Prompt | undefined): Promise<Plan> => {
  const left: string[] = [];
  const { identity } = hop;
  const agent = await openAgent(hop, left);
  const files = identity.files.map((path) => ({ path, file: readKeyFile(path, identity.passphrase) }));
  const fileAttempts: Attempt[] = [];
  for (const { path, file } of files) {
    if (file.kind === "missing" && identity.namedBy === "kbs") throw missing(hop, path);
    if (file.kind === "missing" && identity.namedBy === "nobody") continue;
    const attempt = ofFile(hop, path, file, agent, prompt);
    if (typeof attempt === "string") left.push(attempt);
    else fileAttempts.push(attempt);
  }
  const ownBlobs = files.flatMap(({ file }) => publicBlobOf(file) ?? []);
  const others = (identity.only ? [] : (agent?.keys ?? [])).filter((key) => !ownBlobs.some((blob) => blob.equals(key.getPublicSSH())));
  const agentAttempts = agent === undefined ? [] : others.map((key) => ofAgent(hop, agent.socket, key));
  // A key that someone named is tried first: sshd ends the connection after a few wrong ones.
  return { attempts: identity.namedBy !== "nobody" ? [...fileAttempts, ...agentAttempts] : [...agentAttempts, ...fileAttempts], left };
};

const passwordAttempts = (hop: Hop, prompt: Prompt | undefined): Attempt[] => {
  const { password: known } = hop.identity;
  const username = hop.user;
  if (known === undefined && prompt === undefined) return [];
  const text = `${username}@${hop.address}'s password: `;
  const make: Attempt["make"] = async (gave) => {
    const password = known ?? (await prompt?.({ host: hop.name, text, secret: true })) ?? "";
    gave();
    return { type: "password", username, password };
  };
  return Array.from({ length: known === undefined ? passwordTries : 1 }, () => ({ method: "password" as const, label: "password", make }));
};

/** Answers what the server asks: the known password where something is asked for without echo, everything else by a person. */
const keyboardAttempts = (hop: Hop, prompt: Prompt | undefined): Attempt[] => {
  const { password: known } = hop.identity;
  if (known === undefined && prompt === undefined) return [];
  let isUsed = false;
  const answer = async (text: string, echo: boolean): Promise<string> => {
    if (known !== undefined && !isUsed && !echo) {
      isUsed = true;
      return known;
    }
    if (prompt === undefined) throw new Error("nobody can answer");
    return prompt({ host: hop.name, text: `(${hop.user}@${hop.address}) ${text}`, secret: !echo });
  };
  const make: Attempt["make"] = async (gave) => ({
    type: "keyboard-interactive",
    username: hop.user,
    prompt: (_name, _instructions, _language, prompts, finish) => {
      const all = async (): Promise<string[]> => {
        const answers: string[] = [];
        for (const { prompt: text, echo } of prompts) answers.push(await answer(text, echo ?? false));
        gave();
        return answers;
      };
      // Too few answers are a refusal to the server, which then says what else it takes.
      all().then(finish, () => finish([]));
    },
  });
  const attempt: Attempt = { method: "keyboard-interactive", label: "keyboard-interactive", make };
  return Array.from({ length: known === undefined ? passwordTries : 1 }, () => attempt);
};

/** Every way in which this hop may be logged in to, in order. @throws UserError when a key file named by kbs's configuration does not exist */
export const planAttempts = async (hop: Hop, prompt: Prompt | undefined): Promise<Plan> => {
  const { attempts, left } = await publicKeyPlan(hop, prompt);
  const byPassword = [...passwordAttempts(hop, prompt), ...keyboardAttempts(hop, prompt)];
  // As OpenSSH: keyboard-interactive before password. A password that is known is given the plain way, which cannot be misunderstood.
  return { attempts: [...attempts, ...(hop.identity.password === undefined ? byPassword.toReversed() : byPassword)], left };
};
