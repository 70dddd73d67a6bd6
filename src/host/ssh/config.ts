import { UserError } from "../../shared/errors.ts";
import { type ConfigLine, includedFiles, readConfigLines } from "./config-lines.ts";
import { matchesList } from "./pattern.ts";
import type { SshEnvironment } from "./target.ts";

/** What ssh_config says about one host, before tokens are expanded. Absent: not said. */
export interface ConfigValues {
  hostname?: string;
  user?: string;
  port?: string;
  identityfile?: string[];
  identitiesonly?: string;
  identityagent?: string;
  proxyjump?: string;
  proxycommand?: string;
  userknownhostsfile?: string[];
  globalknownhostsfile?: string[];
  stricthostkeychecking?: string;
  hostkeyalias?: string;
  hashknownhosts?: string;
}

export interface ConfigAnswer {
  readonly values: ConfigValues;
  /** Sentences on what was met and cannot be honoured. */
  readonly ignored: readonly string[];
}

const single = [
  "hostname",
  "user",
  "port",
  "identitiesonly",
  "identityagent",
  "stricthostkeychecking",
  "hostkeyalias",
  "hashknownhosts",
] as const;
const lists = ["userknownhostsfile", "globalknownhostsfile"] as const;

/** What decides about keys and that ssh2 cannot do: silence would be taken for consent. */
const unsupported = new Set(["revokedhostkeys", "knownhostscommand", "certificatefile", "pkcs11provider", "securitykeyprovider"]);

/** As OpenSSH: an Include that includes itself ends here. */
const deepest = 16;

interface Walk {
  readonly host: string;
  readonly environment: SshEnvironment;
  readonly values: ConfigValues;
  readonly ignored: Set<string>;
}

/** `Match all` and `Match host a,b`; what else Match knows would need OpenSSH itself, so such a block does not count and is named. */
const matchApplies = ({ words, where }: ConfigLine, walk: Walk): boolean => {
  const [first = "", ...rest] = words;
  if (first.toLowerCase() === "all" && rest.length === 0) return true;
  const [criterion, patterns] = first.includes("=") ? first.split("=", 2) : [first, rest.shift()];
  const negated = criterion?.startsWith("!") ?? false;
  if (criterion?.toLowerCase().replace("!", "") !== "host" || patterns === undefined || rest.length > 0) {
    walk.ignored.add(`${where}: "Match ${words.join(" ")}" is left out: only "Match all" and "Match host" are understood`);
    return false;
  }
  const name = walk.values.hostname?.replaceAll("%h", walk.host) ?? walk.host;
  return matchesList(name, patterns.split(",")) !== negated;
};

const takeJump = (keyword: "proxyjump" | "proxycommand", rest: string, values: ConfigValues): void => {
  // Whichever of the two comes first keeps the other out.
  if (values.proxyjump !== undefined || values.proxycommand !== undefined) return;
  values[keyword] = keyword === "proxyjump" ? rest.replace(/#.*/, "").trim() : rest;
};

const take = ({ keyword, words, rest }: ConfigLine, values: ConfigValues): void => {
  const [first = ""] = words;
  const one = single.find((name) => name === keyword);
  const many = lists.find((name) => name === keyword);
  if (one !== undefined) values[one] ??= first;
  else if (many !== undefined) values[many] ??= [...words];
  else if (keyword === "identityfile") values.identityfile = [...new Set([...(values.identityfile ?? []), first])];
  else if (keyword === "proxyjump" || keyword === "proxycommand") takeJump(keyword, rest, values);
};

/** Reads a file. `active` says whether lines before the first Host or Match count; `never` that none does (an Include in another host's block). */
const walkFile = (path: string, folder: string, walk: Walk, active: boolean, never: boolean, depth: number): void => {
  if (depth > deepest) throw new UserError(`${path}: Include goes deeper than ${deepest} files`, { hint: "does a file include itself?" });
  let counts = active;
  for (const line of readConfigLines(path) ?? []) {
    if (line.keyword === "host") counts = !never && matchesList(walk.host, line.words);
    else if (line.keyword === "match") counts = !never && matchApplies(line, walk);
    else if (counts && unsupported.has(line.keyword)) walk.ignored.add(`${line.where}: ${line.keyword} is left out: kbs does not have it`);
    else if (line.keyword === "include") {
      const files = line.words.flatMap((pattern) => includedFiles(pattern, folder, walk.environment.home));
      for (const file of files) walkFile(file, folder, walk, counts, never || !counts, depth + 1);
    } else if (counts) take(line, walk.values);
  }
};

/**
 * What the ssh_config files say about a host, by OpenSSH's precedence: the first value found wins, key files add up.
 * @param host as it was given, before `HostName`
 * @throws UserError with file and line for what is no ssh_config
 */
export const lookUpConfig = (host: string, environment: SshEnvironment): ConfigAnswer => {
  const walk: Walk = { host, environment, values: {}, ignored: new Set() };
  for (const { path, folder } of environment.configFiles) walkFile(path, folder, walk, true, false, 0);
  return { values: walk.values, ignored: [...walk.ignored] };
};
