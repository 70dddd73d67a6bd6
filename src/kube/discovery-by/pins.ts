import { UserError } from "../../shared/errors.ts";

/**
 * Reads hashes of public keys, `sha256:` and 64 hex digits, in any case.
 * @param where names the option.
 * @throws UserError for anything else, with what is wrong
 */
export const parsePins = (texts: readonly string[], where: string): readonly string[] =>
  texts.map((text) => {
    const [, kind, hex = ""] = /^([^:]*):(.*)$/.exec(text) ?? [];
    if (kind?.toLowerCase() !== "sha256") {
      throw new UserError(`${where}: ${JSON.stringify(text)} does not begin with sha256:`, {
        hint: "no other kind of hash is known; the line that `kbs init` or `kubeadm token create --print-join-command` prints has it whole",
      });
    }
    if (/^[0-9a-f]{64}$/i.test(hex)) return `sha256:${hex.toLowerCase()}`;
    const wrong = /[^0-9a-f]/i.test(hex) ? "holds characters beside 0-9 and a-f" : `has ${hex.length} characters behind sha256:, not 64`;
    throw new UserError(`${where}: ${JSON.stringify(text)} ${wrong}`, { hint: "was it copied whole?" });
  });
