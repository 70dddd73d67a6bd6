import type { LiveObject } from "../../kube/types.ts";
import { parseToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import type { ActionOutcome } from "../options.ts";
import { type ApiOptions, patience, withApi } from "./api.ts";

/** A bootstrap token as the cluster has it. */
export interface FoundToken {
  /** `<id>.<secret>`: a secret. */
  readonly token: string;
  readonly description?: string;
  /** Absent: never. */
  readonly expires?: Date;
  /** Sorted. */
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

interface TokenSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

const usagePrefix = "usage-bootstrap-";

/** Reads a token's Secret. @throws UserError that says why it is none which a server would accept */
const readTokenSecret = ({ metadata: { name }, data = {} }: TokenSecret): FoundToken => {
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  const where = `Secret kube-system/${name}`;
  const id = text("token-id");
  if (name !== `bootstrap-token-${id}`) throw new UserError(`${where}: its token-id does not fit its name`);
  const token = parseToken(`${id}.${text("token-secret")}`, where).text;
  const [description, expiration, groups] = [text("description"), text("expiration"), text("auth-extra-groups")];
  const expires = new Date(expiration);
  if (expiration !== "" && Number.isNaN(expires.getTime()))
    throw new UserError(`${where}: its expiration ${JSON.stringify(expiration)} is no time`);
  const usages = Object.keys(data).filter((key) => key.startsWith(usagePrefix) && text(key) === "true");
  return {
    token,
    ...(description !== "" && { description }),
    ...(expiration !== "" && { expires }),
    usages: usages.map((key) => key.slice(usagePrefix.length)).toSorted(),
    groups: groups === "" ? [] : groups.split(","),
  };
};

export interface TokensFound {
  readonly outcome: ActionOutcome;
  readonly tokens: readonly FoundToken[];
  /** A sentence for each Secret of that type which holds none. */
  readonly unreadable: readonly string[];
}

/** Every bootstrap token of the cluster, in the order of their ids. */
export const listTokens = (options: ApiOptions): Promise<TokensFound> =>
  withApi(options, async ({ kube }) => {
    const fieldSelector = "type=bootstrap.kubernetes.io/token";
    const { items } = await kube.list<TokenSecret>(
      { apiVersion: "v1", kind: "Secret", namespace: "kube-system", fieldSelector },
      { signal: options.signal, patience },
    );
    const [tokens, unreadable]: [FoundToken[], string[]] = [[], []];
    for (const secret of items) {
      try {
        tokens.push(readTokenSecret(secret));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        unreadable.push(error.message);
      }
    }
    return { outcome: { exit: "done", changed: 0, next: [] }, tokens, unreadable };
  });
