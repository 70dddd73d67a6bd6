/** Non-empty lines, without blanks at their ends. */
export const lines = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** Words between blanks. */
export const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

/** Parts of an output, by the name in the line `@@ name` before each. */
export const sections = (output: string): ReadonlyMap<string, string> =>
  new Map(
    output
      .split(/^@@ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf("\n");
        return end < 0 ? [part.trim(), ""] : [part.slice(0, end).trim(), part.slice(end + 1)];
      }),
  );

/** `key=value` lines; lines without `=` and empty values are left out. The last of several wins. */
export const keyValues = (text: string): ReadonlyMap<string, string> =>
  new Map(
    lines(text).flatMap((line): [string, string][] => {
      const at = line.indexOf("=");
      const value = line.slice(at + 1).trim();
      return at > 0 && value !== "" ? [[line.slice(0, at).trim(), value]] : [];
    }),
  );

/** A decimal number of at least 0; undefined for anything else. */
export const toNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
