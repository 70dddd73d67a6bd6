/** Bytes for people: `1.5 GiB`, `700 MiB`. */
export const bytes = (count: number): string =>
  count >= 1024 ** 3 ? `${Math.round((count / 1024 ** 3) * 10) / 10} GiB` : `${Math.round(count / 1024 ** 2)} MiB`;

/** The first of them, and how many there are beside. */
export const atMost = (items: readonly string[], most: number): readonly string[] =>
  items.length <= most ? items : [...items.slice(0, most), `${items.length - most} more`];

/** More are told by their number. */
const mostListed = 8;

/** `a`, `a and b`, `a, b and c`. */
export const listed = (items: readonly string[]): string => {
  const shown = atMost(items, mostListed);
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
};

/** Milliseconds for people: `40 s`, `2.5 s`, `6 min`. */
export const span = (ms: number): string => {
  const seconds = Math.abs(ms) / 1000;
  return seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds * 10) / 10} s`;
};
