/**
 * A value as one word of a POSIX shell script. The only way by which a value reaches a script.
 * @throws RangeError for a NUL byte, which no shell word can hold.
 */
export const quote = (value: string): string => {
  if (value.includes("\0")) throw new RangeError("a shell word cannot hold a NUL byte");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
};

/** Several values as words, separated by blanks. */
export const quoteAll = (values: readonly string[]): string => values.map(quote).join(" ");
