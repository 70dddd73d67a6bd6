import { fact } from "./fact.ts";
import { keyValues, words } from "./text.ts";

/** os-release(5). A field the file does not have is empty. */
export interface OsFact {
  /** `debian`, `ubuntu`, `rocky` … */
  readonly id: string;
  /** Families it calls itself close to, nearest first. */
  readonly idLike: readonly string[];
  readonly versionId: string;
  readonly pretty: string;
}

const unquote = (value: string): string => value.replace(/^(["'])(.*)\1$/, "$2").replaceAll(/\\(["'$`\\])/g, "$1");

export const os = fact("os", "cat /etc/os-release || cat /usr/lib/os-release", (output): OsFact => {
  const values = keyValues(output);
  const field = (name: string): string => unquote(values.get(name) ?? "");
  return { id: field("ID"), idLike: words(field("ID_LIKE")), versionId: field("VERSION_ID"), pretty: field("PRETTY_NAME") };
});
