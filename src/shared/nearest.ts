const at = (line: readonly number[], index: number): number => line[index] ?? Number.POSITIVE_INFINITY;

/** Steps from one word to the other: insert, delete or replace a letter, or swap two neighbours (optimal string alignment). */
export const editDistance = (from: string, to: string): number => {
  let older: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
        swapped ? at(older, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [older, previous] = [previous, current];
  }
  return previous[to.length] ?? from.length;
};

const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "");

/** The longest word that is compared: longer ones are no typing mistakes, and the comparison takes time by length squared. */
const longest = 64;

/** The candidate that was probably meant; undefined when none is close. Upper and lower case count as equal, `-` and `_` as nothing. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  if (word.length > longest) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(plain(word), plain(candidate)) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance);
  return best?.candidate;
};
