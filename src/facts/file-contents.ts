import { quoteAll } from "../shared/quote.ts";
import { type Fact, fact } from "./fact.ts";
import { sections } from "./text.ts";

/** What is at a path. */
export interface FoundFile {
  /** SHA-256, hex. */
  readonly digest: string;
  /** Absent of a secret one, and of one that is too large to be shown. */
  readonly content?: string;
}

/** By path; what is no regular file is absent. */
export type FoundFiles = ReadonlyMap<string, FoundFile>;

/** Larger ones are nothing to read for a person, in bytes. */
const largest = 64 * 1024;

/**
 * Digests of files, and what the public ones among them hold. Only small ones; marked as secret because nobody knows what somebody has
 * written into them.
 */
export const fileContents = (hidden: readonly string[], shown: readonly string[]): Fact<FoundFiles> =>
  fact(
    "fileContents",
    `
tell() { printf '@@ %s\\n' "$2"; sha256sum <"$2" | cut -c1-64; [ "$1" = hidden ] || [ "$(stat -L -c %s "$2")" -gt ${largest} ] || { echo content; base64 <"$2"; }; }
for path in ${quoteAll(hidden)}; do [ ! -f "$path" ] || tell hidden "$path"; done
for path in ${quoteAll(shown)}; do [ ! -f "$path" ] || tell shown "$path"; done`,
    (output): FoundFiles =>
      new Map(
        [...sections(output)].map(([path, text]) => {
          const [digest = "", isShown, ...content] = text.split("\n");
          const bytes = Buffer.from(content.join(""), "base64");
          return [path, isShown === "content" && !bytes.includes(0) ? { digest, content: bytes.toString() } : { digest }];
        }),
      ),
    { secret: true, within: 60 },
  );
