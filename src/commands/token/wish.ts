import { parseCertificateKey } from "../../pki/certificate-key.ts";
import { type BootstrapToken, newToken, parseToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import { parseGoDuration } from "../../shared/go-duration.ts";
import { nearest } from "../../shared/nearest.ts";
import { bootstrapGroup } from "../../templates/objects/rbac.ts";
import { type TokenUsage, tokenUsages } from "../../templates/token-usages.ts";
import type { Option } from "../command.ts";
import { typedSecret } from "../typed-secret.ts";

/** As long as Go's durations can be, in milliseconds. */
const longest = 2 ** 63 / 1e6;

/** A duration as Go reads it; its value is in milliseconds. */
export const ttlOption: Option<number> = {
  kind: "value",
  summary: "How long the token is good, as 90s, 30m or 24h0m0s; 0: for ever (default: 24h)",
  placeholder: "DURATION",
  read: (typed = "24h", name) => {
    const ttl = parseGoDuration(typed);
    if (ttl === undefined)
      throw new UserError(`--${name} ${JSON.stringify(typed)} is not a duration`, {
        hint: "write one such as 90s, 30m, 1h30m or 24h; 0 is for ever",
      });
    if (ttl < 0) throw new UserError(`--${name} ${typed} lies in the past`, { hint: "0 is for ever" });
    if (ttl >= longest) throw new UserError(`--${name} ${typed} is more than 292 years`, { hint: "0 is for ever" });
    return ttl;
  },
};

/** @throws UserError for a word that is no usage */
export const readUsages = (words: readonly string[]): readonly TokenUsage[] =>
  words.length === 0
    ? tokenUsages
    : words.map((word) => {
        const found = tokenUsages.find((usage) => usage === word);
        if (found !== undefined) return found;
        const meant = nearest(word, tokenUsages);
        throw new UserError(`--usages: a token cannot be used for ${JSON.stringify(word)}`, {
          hint: meant === undefined ? `its usages are ${tokenUsages.join(" and ")}` : `did you mean ${meant}?`,
        });
      });

/** Kubernetes' pattern for groups that a bootstrap token may bring. */
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** @throws UserError for a name that is none of a bootstrapper's group, and for groups of a token that logs nobody in */
export const readGroups = (words: readonly string[], usages: readonly TokenUsage[]): readonly string[] => {
  const logsIn = usages.includes("authentication");
  if (words.length === 0) return logsIn ? [bootstrapGroup] : [];
  for (const word of words) {
    if (groupPattern.test(word)) continue;
    throw new UserError(`--groups: ${JSON.stringify(word)} is no group that a bootstrap token can bring`, {
      hint: `such a group begins with system:bootstrappers: and goes on with a-z, 0-9, ":" and "-", as ${bootstrapGroup}`,
    });
  }
  if (logsIn) return words;
  throw new UserError("--groups: nobody logs in by a token without the usage authentication, so it brings no groups", {
    hint: "add authentication to --usages, or leave --groups out",
  });
};

/** The token that was typed, or a new one. Registered as a secret. @throws UserError for a word that is none */
export const readToken = (word: string) => {
  const where = "the word after kbs token create";
  return word === "" ? newToken() : parseToken(typedSecret(word, where), where);
};

/** Whose value is a token, or where one stands. Registered as a secret by being read: no log, event or host hears of the command line with it. */
export const tokenOption = (summary: string): Option<BootstrapToken | undefined> => ({
  kind: "value",
  summary,
  placeholder: "TOKEN",
  read: (typed, name) => (typed === undefined ? undefined : parseToken(typedSecret(typed, `--${name}`), `--${name}`)),
});

/** Whose value is a certificate key, or where one stands. Registered as a secret by being read. */
export const certificateKeyOption = (summary: string): Option<string | undefined> => ({
  kind: "value",
  summary,
  placeholder: "KEY",
  read: (typed, name) => (typed === undefined ? undefined : parseCertificateKey(typedSecret(typed, `--${name}`), `--${name}`)),
});
