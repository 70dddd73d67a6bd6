/** One address and what it is called. */
export interface HostsEntry {
  readonly address: string;
  readonly names: readonly string[];
}

const begin = "# BEGIN kbs";
const end = "# END kbs";

/** The lines outside the managed block, and where the block stood. A block whose end is missing is only its first line: what follows may be anyone's. */
const outside = (lines: readonly string[]): { readonly before: readonly string[]; readonly after: readonly string[] } => {
  const first = lines.indexOf(begin);
  if (first === -1) return { before: lines.filter((line) => line !== end), after: [] };
  const last = lines.indexOf(end, first);
  const rest = outside(lines.slice((last === -1 ? first : last) + 1));
  return { before: lines.slice(0, first).filter((line) => line !== end), after: [...rest.before, ...rest.after] };
};

/**
 * A hosts file with kbs's block brought up to date. Every other line stays as it is and where it is; a missing block is added at the end,
 * and no entries means no block.
 */
export const mergeHostsBlock = (existing: string, entries: readonly HostsEntry[]): string => {
  const lines = existing.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const { before, after } = outside(lines);
  const block = entries.length === 0 ? [] : [begin, ...entries.map(({ address, names }) => [address, ...names].join(" ")), end];
  return [...before, ...block, ...after].map((line) => `${line}\n`).join("");
};
