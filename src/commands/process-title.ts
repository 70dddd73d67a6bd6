/** Flags whose values are secrets. */
const secretFlags = new Set(["--token", "--discovery-token", "--tls-bootstrap-token", "--certificate-key"]);

/** A bootstrap token or a certificate key, wherever it stands. */
const looksSecret = /^(?:[a-z0-9]{6}\.[a-z0-9]{16}|[0-9a-f]{64})$/i;

const hidden = "***";

const shown = (word: string, before: string | undefined): string => {
  const [, flag = "", value = ""] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  if (flag !== "") return secretFlags.has(flag) || looksSecret.test(value) ? `${flag}=${hidden}` : word;
  return secretFlags.has(before ?? "") || looksSecret.test(word) ? hidden : word;
};

/**
 * What the list of processes shows instead of a command line that holds secrets; undefined where it holds none.
 * @param argv without the program
 */
export const titleOf = (argv: readonly string[]): string | undefined => {
  const words = argv.map((word, index) => shown(word, argv[index - 1]));
  return words.every((word, index) => word === argv[index]) ? undefined : ["kbs", ...words].join(" ");
};
