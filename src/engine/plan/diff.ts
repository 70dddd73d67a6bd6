/** Lines of context around a difference, as diff -u has them. */
const around = 3;

/** Texts whose lines make a larger table than this are told as replaced: nobody would read it line by line. */
const largestTable = 4_000_000;

type Edit = readonly [sign: " " | "-" | "+", line: string];

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** Lengths of the longest common subsequences of all tails of two lists: a row for each line of the first. */
const commonTails = (before: readonly string[], after: readonly string[]): readonly Uint32Array[] => {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    const [row, below] = [rows[i], rows[i + 1]];
    for (let j = after.length - 1; row && below && j >= 0; j--)
      row[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
  return rows;
};

const editsBetween = (before: readonly string[], after: readonly string[]): Edit[] => {
  if (before.length * after.length > largestTable)
    return [...before.map((line): Edit => ["-", line]), ...after.map((line): Edit => ["+", line])];
  const tails = commonTails(before, after);
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, made] = [before[i], after[j]];
    if (old !== undefined && old === made) {
      edits.push([" ", old]);
      i++;
      j++;
    } else if (old !== undefined && (made === undefined || (tails[i + 1]?.[j] ?? 0) >= (tails[i]?.[j + 1] ?? 0))) {
      edits.push(["-", old]);
      i++;
    } else if (made !== undefined) {
      edits.push(["+", made]);
      j++;
    }
  }
  return edits;
};

/** Stretches of edits, as [from, to): each difference with its context, those that touch joined. */
const hunksOf = (edits: readonly Edit[]): (readonly [number, number])[] => {
  const hunks: [number, number][] = [];
  for (const [index, [sign]] of edits.entries()) {
    if (sign === " ") continue;
    const [from, to] = [Math.max(0, index - around), Math.min(edits.length, index + 1 + around)];
    const last = hunks.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
};

const range = (start: number, count: number): string => (count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`);

/** The differences of two texts as diff -u tells them, without its two lines of names. Empty when there are none. */
export const unifiedDiff = (before: string, after: string): readonly string[] => {
  const edits = editsBetween(linesOf(before), linesOf(after));
  const count = (part: readonly Edit[], sign: "-" | "+"): number => part.filter(([own]) => own === " " || own === sign).length;
  return hunksOf(edits).flatMap(([from, to]) => {
    const [ahead, part] = [edits.slice(0, from), edits.slice(from, to)];
    const old = range(count(ahead, "-"), count(part, "-"));
    const made = range(count(ahead, "+"), count(part, "+"));
    return [`@@ -${old} +${made} @@`, ...part.map(([sign, line]) => `${sign}${line}`)];
  });
};
