/** `1 change`, `3 changes`. */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Milliseconds as a person reads them: `0.3 s`, `48.2 s`, `3 min 12 s`. */
export const elapsed = (milliseconds: number): string => {
  if (milliseconds < 99_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/** Bytes as `41 MB`; below a megabyte as kilobytes. */
export const amount = (bytes: number): string => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.round(bytes / 1e6)} MB`);

/** `a, b, c and 4 more`. */
export const some = (words: readonly string[], most: number, between = ", "): string =>
  words.length <= most ? words.join(between) : `${words.slice(0, most).join(between)} and ${words.length - most} more`;

/** Local time of day, `12:03:04`. */
export const clock = (time: number): string => new Date(time).toTimeString().slice(0, 8);
