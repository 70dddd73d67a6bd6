/** The beginning of a text that is too long for a page, and how much is left to the log. */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const end = /[\uD800-\uDBFF]$/.test(text.slice(0, most)) ? most - 1 : most;
  return `${text.slice(0, end)} … (${text.length - end} more characters in the log)`;
};

/** The last lines of what a command printed, of which the end is of interest. */
export const lastLines = (text: string, most: number): string => {
  const lines = text.trimEnd().split("\n");
  return lines.length <= most
    ? lines.join("\n")
    : [`… (${lines.length - most} lines before these in the log)`, ...lines.slice(-most)].join("\n");
};
