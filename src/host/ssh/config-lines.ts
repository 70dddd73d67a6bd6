import { readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join, sep } from "node:path";
import { UserError } from "../../shared/errors.ts";

/** One directive of an ssh_config file. */
export interface ConfigLine {
  /** In lower case, since OpenSSH does not mind. */
  readonly keyword: string;
  /** Everything after the keyword, for the few that take a raw line. */
  readonly rest: string;
  readonly words: readonly string[];
  /** `file:line`. */
  readonly where: string;
}

const word = /"((?:\\["\\']|[^"])*)"|'((?:\\["\\']|[^'])*)'|((?:\\[ "'\\]|[^\s"'])+)/y;

/** Splits as OpenSSH does: quotes, a backslash before a quote, a backslash or (unquoted) a blank, and a comment at the start of a word. */
const splitWords = (text: string, where: string): string[] => {
  const words: string[] = [];
  let at = 0;
  let open = false; // whether the next piece continues the last word
  while (at < text.length) {
    const blank = /\s+/y;
    blank.lastIndex = at;
    const gap = blank.exec(text);
    if (gap !== null) {
      at = blank.lastIndex;
      open = false;
      continue;
    }
    if (!open && text[at] === "#") break;
    word.lastIndex = at;
    const [, double, single, bare] = word.exec(text) ?? [];
    if (double === undefined && single === undefined && bare === undefined) {
      throw new UserError(`${where}: a quote is not closed`, { hint: 'close it, or write \\" for a quote that is meant' });
    }
    const quoted = double ?? single;
    const value = quoted?.replaceAll(/\\(["'\\])/g, "$1") ?? bare?.replaceAll(/\\([ "'\\])/g, "$1") ?? "";
    if (open) words.push(`${words.pop() ?? ""}${value}`);
    else words.push(value);
    open = true;
    at = word.lastIndex;
  }
  return words;
};

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // as OpenSSH: a file that is missing or not ours to read says nothing
  }
};

/** The directives of one file; undefined when it cannot be read. @throws UserError for an open quote or a keyword without a value */
export const readConfigLines = (path: string): readonly ConfigLine[] | undefined =>
  readText(path)
    ?.split(/\r?\n/)
    .flatMap((text, index) => {
      const line = text.trim();
      if (line === "" || line.startsWith("#")) return [];
      const where = `${path}:${index + 1}`;
      const [, keyword = "", rest = ""] = /^"?([^\s="]+)"?\s*=?\s*(.*)$/s.exec(line) ?? [];
      if (rest === "") throw new UserError(`${where}: ${keyword} has no value`);
      return [
        { keyword: keyword.toLowerCase(), rest, words: rawKeywords.has(keyword.toLowerCase()) ? [] : splitWords(rest, where), where },
      ];
    });

/** These take the rest of the line as it stands: it may hold quotes for another program. */
const rawKeywords = new Set(["proxycommand", "proxyjump", "localcommand", "remotecommand", "knownhostscommand"]);

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
};

/** glob(3)'s `*`, `?` and `[a-z]` in one name; a leading dot must be written out. */
const nameMatches = (name: string, pattern: string): boolean => {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  const source = pattern.replaceAll(/\[!?[^\]]+\]|./gs, (piece) => {
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    if (piece.length > 1) return piece.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return piece.replace(/[^\w]/, "\\$&");
  });
  return new RegExp(`^${source}$`, "s").test(name);
};

/** The files that an `Include` names, in glob(3)'s order. Relative paths count from the folder, `~` is the home. */
export const includedFiles = (pattern: string, folder: string, home: string): string[] => {
  const untilded = pattern.replace(/^~(?=\/|$)/, home);
  const full = isAbsolute(untilded) ? untilded : join(folder, untilded);
  return full
    .split(sep)
    .slice(1)
    .reduce<string[]>(
      (found, segment) =>
        /[*?[]/.test(segment)
          ? found.flatMap((path) =>
              namesIn(path === "" ? sep : path)
                .filter((name) => nameMatches(name, segment))
                .map((name) => `${path}${sep}${name}`),
            )
          : found.map((path) => `${path}${sep}${segment}`),
      [""],
    );
};
