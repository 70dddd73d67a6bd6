import type { Kube, LiveObject } from "../../kube/types.ts";
import type { BootstrapToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import { bootstrapTokenSecret } from "../../templates/objects/bootstrap.ts";
import type { TokenUsage } from "../../templates/token-usages.ts";
import { controlPlaneLine, joinLine } from "../join/line.ts";
import type { ActionOutcome } from "../options.ts";
import { type ApiOptions, patience, withApi } from "./api.ts";

export interface TokenWish {
  readonly token: BootstrapToken;
  /** Milliseconds; 0: it never ends. */
  readonly ttl: number;
  readonly usages: readonly TokenUsage[];
  readonly groups: readonly string[];
  readonly description?: string;
  /** With which a further control plane decrypts the uploaded certificates. A secret. */
  readonly certificateKey?: string;
}

export interface TokenCreated {
  readonly outcome: ActionOutcome;
  /** Absent: never. */
  readonly expires?: Date;
  /** What to type on a machine that is to join. Holds the token. */
  readonly join: string;
}

interface TokenSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

const exists = (id: string): UserError =>
  new UserError(`there is a bootstrap token ${id} already`, {
    exit: "phase",
    hint: `choose another, or delete it first: kbs token delete ${id}`,
  });

/** Makes the Secret, and never touches one of that name which is there. A request whose answer was lost is sent again and then meets its own work. */
const make = async (kube: Kube, { token, ttl, usages, groups, description }: TokenWish, signal: AbortSignal): Promise<Date | undefined> => {
  const call = { signal, patience };
  const expires = ttl === 0 ? undefined : new Date(Date.now() + ttl);
  const secret = bootstrapTokenSecret({
    id: token.id,
    secret: token.secret,
    usages,
    groups,
    ...(expires && { expires }),
    ...(description !== undefined && { description }),
  });
  const ref = { apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: secret.metadata.name };
  if (await kube.get(ref, call)) throw exists(token.id);
  if (!(await kube.create(secret, call))) {
    const found = await kube.get<TokenSecret>(ref, call);
    if (Buffer.from(found?.data?.["token-secret"] ?? "", "base64").toString() !== token.secret) throw exists(token.id);
  }
  return expires;
};

/** The line that joins a machine, as a control plane where there is a certificate key. */
const lineOf = (endpoint: string, ca: string, { token, certificateKey }: TokenWish): string =>
  certificateKey === undefined ? joinLine(endpoint, ca, token.text) : controlPlaneLine(endpoint, ca, token.text, certificateKey);

/** Makes a bootstrap token. @throws UserError when there is one of its id, and for whatever the API server refuses */
export const createToken = (options: ApiOptions, wish: TokenWish): Promise<TokenCreated> =>
  withApi(options, async ({ kube, endpoint, ca }) => {
    const expires = await make(kube, wish, options.signal);
    const outcome: ActionOutcome = { exit: "done", changed: 1, next: [] };
    return { outcome, join: lineOf(endpoint, ca, wish), ...(expires && { expires }) };
  });
