import { secrets } from "../shared/secrets.ts";

/** What stands where a secret was. */
const gone = "***";

/** A replacement keeps what stands before the secret, so that a reader sees what was taken out. */
interface Pattern {
  readonly what: RegExp;
  readonly by: (all: string, ...groups: string[]) => string;
}

const keepFirst = (_: string, before = ""): string => `${before}${gone}`;

/** One whose end was cut off by the length of a log is a key, too. */
const privateKeys: readonly Pattern[] = [
  { what: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, by: () => `${gone} (private key)` },
  // The rest of one whose beginning was cut off, in a single line as JSON has it.
  { what: /(?:[A-Za-z0-9+/=]{1,100}\\n){1,80}-----END [A-Z0-9 ]*PRIVATE KEY-----/g, by: () => `${gone} (private key)` },
];

const endOfKey = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;
/** What a line of a key ends with; in a journal a time and a name stand before it. */
const keyLine = /[A-Za-z0-9+/]{16,}={0,2}\s*$/;

/** Takes out the lines before the end of a key whose beginning was cut off. By hand: a pattern for it would take hours on some logs. */
const withoutTails = (text: string): string => {
  if (!endOfKey.test(text)) return text;
  const lines = text.split("\n");
  for (let end = 0; end < lines.length; end++) {
    if (!endOfKey.test(lines[end] ?? "")) continue;
    for (let at = end - 1; at >= 0 && keyLine.test(lines[at] ?? ""); at--) lines[at] = gone;
    lines[end] = `${gone} (private key)`;
  }
  return lines.join("\n");
};

const words = "password|passphrase|passwd|secret|token|credential|api-?key|access-?key|private-?key";

const tokens: readonly Pattern[] = [
  { what: /\b(Authorization["']?\s*[:=]\s*["']?\s*|Bearer\s+|Basic\s+)(?:Bearer\s+|Basic\s+)?[A-Za-z0-9._~+/=-]{8,}/gi, by: keepFirst },
  // A service account's token: a JSON Web Token begins with the base64 of {"
  { what: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, by: () => gone },
  // A bootstrap token: its first half is its name, and no secret.
  { what: /\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, by: (_, id) => `${id}.${gone}` },
  { what: /(certificate-?key["']?[=:,\s"']{1,4})[0-9a-f]{64}\b/gi, by: keepFirst },
  { what: /((?:client-key|token|id-token|refresh-token)-data["']?\s*[:=]\s*["']?)[A-Za-z0-9+/=]+/g, by: keepFirst },
  // user:password@ of any URL, and a lone token before the @ of a web address.
  { what: /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"']*:)[^\s@"']+(?=@)/gi, by: keepFirst },
  { what: /\b(https?:\/\/)[^\s:/@"']+(?=@)/gi, by: keepFirst },
];

/** Flags, variables and fields by their names, in bounds: without, a long word would take the square of its length. A path is none, nor what a log says about one. */
const named: readonly Pattern[] = [
  {
    what: new RegExp(`(--?[a-z-]{0,40}(?:${words})[a-z-]{0,40}(?:=|["']?,\\s*["']|\\s+))(?![/-]|true\\b|false\\b)[^\\s"',]+`, "gi"),
    by: keepFirst,
  },
  {
    what: new RegExp(`([A-Z0-9_]{0,40}(?:${words.toUpperCase().replaceAll("-?", "_?")})[A-Z0-9_]{0,40}=)(?!/)[^\\s]+`, "g"),
    by: keepFirst,
  },
  { what: new RegExp(`(["']?[a-z_-]{0,40}(?:${words})["']?\\s*:\\s*["'])(?!/)[^"'\\n]+`, "gi"), by: keepFirst },
  { what: new RegExp(`^(\\s*[a-z_-]{0,40}(?:${words}):[ \\t]+)(?![/"'{[|>])\\S+[ \\t]*$`, "gim"), by: keepFirst },
];

/** A Secret as JSON or YAML loses its data, whatever they are. */
const jsonData = /("(?:data|stringData)"\s*:\s*)\{[^{}]*\}/g;
const yamlData = /^(( *)(?:data|stringData):)[ \t]*\n(?:\2 +.*\n?)+/gm;
const ofSecrets = (text: string): string => {
  const json = /"kind"\s*:\s*"Secret"/.test(text) ? text.replaceAll(jsonData, (_, name: string) => `${name}{"${gone}":""}`) : text;
  return /^ *kind: "?Secret"?\s*$/m.test(json) ? json.replaceAll(yamlData, (_, name: string) => `${name} {${gone}}\n`) : json;
};

const replaced = (text: string, patterns: readonly Pattern[]): string =>
  patterns.reduce((swept, { what, by }) => swept.replaceAll(what, by), text);

const sweep = (text: string): string => {
  const keyless = withoutTails(replaced(ofSecrets(secrets.mask(text)), privateKeys));
  return replaced(keyless, [...tokens, ...named]);
};

/** Letters of base64 from which on something may be hidden in it. */
const hiding = /[A-Za-z0-9+/]{40,}={0,2}/g;

const isText = (decoded: string): boolean => /^[\t\n\r\x20-\x7e]+$/.test(decoded);

/** Base64 in which a secret shows, such as a kubeconfig in a log. */
const unhide = (text: string): string =>
  text.replaceAll(hiding, (piece) => {
    const decoded = Buffer.from(piece, "base64").toString("latin1");
    return isText(decoded) && sweep(decoded) !== decoded ? `${gone} (base64)` : piece;
  });

/**
 * A text without secrets: those that this process knows, and whatever has the form of one (private keys, tokens, passwords in URLs, flags and
 * fields, data of Secrets). Rather takes out too much: what was wrong is told by the words around it.
 */
export const redact = (text: string): string => sweep(unhide(text));

/** The same of every text in a document; its keys are kbs's own, and its shape stays. */
export const redactDeep = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (_key, part: unknown) => (typeof part === "string" ? redact(part) : part));
