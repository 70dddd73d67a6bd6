import { secrets } from "../shared/secrets.ts";
import { urlPassword } from "../shared/url-password.ts";

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

const tokens: readonly Pattern[] = [
  { what: /\b(Authorization["']?\s*[:=]\s*["']?\s*|Bearer\s+|Basic\s+)(?:Bearer\s+|Basic\s+)?[A-Za-z0-9._~+/=-]{8,}/gi, by: keepFirst },
  // A service account's token: a JSON Web Token begins with the base64 of {"
  { what: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, by: () => gone },
  // A bootstrap token: its first half is its name, and no secret.
  { what: /\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, by: (_, id) => `${id}.${gone}` },
  { what: /(certificate-?key["']?[=:,\s"']{1,4})[0-9a-f]{64}\b/gi, by: keepFirst },
  { what: /((?:client-key|token|id-token|refresh-token)-data["']?\s*[:=]\s*["']?)[A-Za-z0-9+/=]+/g, by: keepFirst },
  // How Docker and containerd keep a log-in to a registry: user:password in base64.
  {
    what: /(\bauth\\*["']?[ \t]*[:=][ \t]*\\*["']?)([A-Za-z0-9+/]{4,}={0,2})/gi,
    by: (all, before, piece = "") => (Buffer.from(piece, "base64").includes(":") ? `${before}${gone}` : all),
  },
  // And a lone token before the @ of a web address.
  { what: urlPassword, by: keepFirst },
  { what: /\b(https?:\/\/)[^\s:/"']{1,2000}(?=@)/gi, by: keepFirst },
];

const passwords = "password|passphrase|passwd";
const words = `${passwords}|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key`;

/** The beginning of a name, in JSON after a line's end, too: from elsewhere nothing is tried, or a long word would take the square of its length. */
const start = (notAfter = ""): string => String.raw`(?:(?<![\w.${notAfter}-])|(?<=\\[nrt]))`;
/** The name of a flag, variable or field for a secret; those of files and objects that hold one are no secrets. */
const nameWith = (word: string): string => String.raw`[\w.-]*(?:${word})[\w.-]{0,80}(?<!name|file|path|\.go)\\*["']?`;

/** In quotes a value may have spaces, else it ends at one, or at the quote of the text around it. JSON within JSON has backslashes before its quotes. */
const value = /("(?:\\.|[^"\\\n])+|'[^'\n]+|\\+["'](?:\\(?!\\*["'])|[^"'\\\n])+|(?!\\+["'])[^\s"'](?:[^\s"']|["'](?=\w))*)/.source;
const keepQuote = (_: string, before = "", text = ""): string => `${before}${/^\\*["']/.exec(text)?.[0] ?? ""}${gone}`;

/** A path is no secret, nor is what switches something. */
const noPath = /(?!\\*["']?(?:\/|(?:true|false|nil|null)(?:[\s,;&"'})\]\\]|$)))/.source;
const noObject = /(?![[{(<]|&\w*\{)/.source;
/** What a log says about a token goes on with a word, after a space: "cannot list *v1.Secret: unknown". */
const noProse = /(?:(?<=:)|(?![A-Za-z][a-z']*[.,:;]?(?:[\s"'\\)\]]|$)))/.source;

const quoted = /(?=\\*["'])/.source;

/** What begins after a / may be a file, an image or an address with its port. */
const field = (word: string, only = "", notAfter = "/~"): Pattern => ({
  what: new RegExp(String.raw`(${start(notAfter)}${nameWith(word)}[ \t]*:[ \t]*)${noPath}${noObject}${only}${value}`, "gi"),
  by: keepQuote,
});

const named: readonly Pattern[] = [
  // Parameters of a web address: what comes after the next & stays.
  { what: new RegExp(String.raw`([?&](?:${nameWith(words)}|[\w.-]{0,40}sig(?:nature)?)=)[^\s&"'#\\]+`, "gi"), by: keepFirst },
  { what: new RegExp(String.raw`(${start("?&")}${nameWith(words)}[ \t]*=[ \t]*)${noPath}${value}`, "gi"), by: keepQuote },
  // A flag and its value as two words, or as two of a list.
  { what: new RegExp(String.raw`(${start()}-${nameWith(words)}(?:\s+|,\s*${quoted}))${noPath}(?!-)${value}`, "gi"), by: keepQuote },
  // A variable of a container, as manifests and the kubelet's log have it.
  {
    what: new RegExp(
      String.raw`(\bname\\*["']?[ \t]*:[ \t]*\\*["']?${nameWith(words)}[,\s]+\\*["']?value\\*["']?[ \t]*:[ \t]*)${noPath}${value}`,
      "gi",
    ),
    by: keepQuote,
  },
  // A line of YAML, whatever follows.
  { what: new RegExp(String.raw`^([ \t]*(?:- )?(?:[\w.-]+\/)?${nameWith(words)}:[ \t]+)${noPath}(?!["'{[|>])\S.*`, "gim"), by: keepFirst },
  field(passwords),
  field(words, noProse),
  field(words, quoted, ""),
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
