const special: Readonly<Record<string, string>> = { "*": ".*", "?": "." };

/** OpenSSH's wildcards: `*` is any text, `?` any one character, and nothing else is special (ssh_config(5), PATTERNS). */
export const matchesPattern = (text: string, pattern: string): boolean => {
  const source = pattern.replaceAll(/\*+/g, "*").replaceAll(/./gs, (c) => special[c] ?? c.replace(/[^\w]/, "\\$&"));
  return new RegExp(`^${source}$`, "s").test(text);
};

/** Whether a pattern matches and no pattern with a leading `!` does. */
export const matchesList = (text: string, patterns: readonly string[]): boolean => {
  const denied = patterns.some((pattern) => pattern.startsWith("!") && matchesPattern(text, pattern.slice(1)));
  return !denied && patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(text, pattern));
};
