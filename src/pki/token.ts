import { randomInt } from "node:crypto";
import { UserError } from "../shared/errors.ts";
import { secrets } from "../shared/secrets.ts";

/** A bootstrap token. The id is public, it names the token's Secret; the secret is not. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  /** `<id>.<secret>` */
  readonly text: string;
}

const characters = "0123456789abcdefghijklmnopqrstuvwxyz";
const random = (length: number): string => Array.from({ length }, () => characters.charAt(randomInt(characters.length))).join("");

const tokenOf = (id: string, secret: string): BootstrapToken => ({ id, secret: secrets.add(secret), text: secrets.add(`${id}.${secret}`) });

/** A new token, every character equally likely. Registered as a secret. */
export const newToken = (): BootstrapToken => tokenOf(random(6), random(16));

/**
 * Splits a token. Registered as a secret.
 * @param where names the option or field that held it; the token itself is never shown.
 * @throws UserError for anything that is no token.
 */
export const parseToken = (text: string, where: string): BootstrapToken => {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(text) ?? [];
  if (id === undefined || secret === undefined) {
    throw new UserError(`${where}: this is not a bootstrap token`, {
      hint: "a token is 6 characters, a dot and 16 characters, all of a-z and 0-9, such as abcdef.0123456789abcdef",
    });
  }
  return tokenOf(id, secret);
};
