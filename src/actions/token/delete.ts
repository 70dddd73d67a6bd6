import { toEventError } from "../../engine/events.ts";
import { parseToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import type { ActionOutcome } from "../options.ts";
import { type ApiOptions, patience, withApi } from "./api.ts";

/** The id in a token or alone. A whole token is registered as a secret. @throws UserError for anything else, which is not shown */
export const tokenId = (word: string, where: string): string => (/^[a-z0-9]{6}$/.test(word) ? word : parseToken(word, where).id);

export interface TokensDeleted {
  readonly outcome: ActionOutcome;
  readonly deleted: readonly string[];
  /** Of which there is no token. */
  readonly absent: readonly string[];
}

/** Deletes tokens by their ids. Exit "phase" when one was not there; the others are deleted all the same. */
export const deleteTokens = (options: ApiOptions, ids: readonly string[]): Promise<TokensDeleted> =>
  withApi(options, async ({ kube }) => {
    const [deleted, absent]: [string[], string[]] = [[], []];
    const call = { signal: options.signal, patience };
    for (const id of new Set(ids)) {
      const ref = { apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: `bootstrap-token-${id}` };
      // Asked first: a deletion whose answer was lost is sent again, and would find nothing.
      const isThere = (await kube.get(ref, call)) !== undefined;
      if (isThere) await kube.remove(ref, call);
      (isThere ? deleted : absent).push(id);
    }
    for (const id of absent) {
      const error = new UserError(`there is no bootstrap token ${id}`, {
        exit: "phase",
        hint: "kbs token list shows those that are there",
      });
      options.bus.emit({ type: "error", error: toEventError(error) });
    }
    return { outcome: { exit: absent.length > 0 ? "phase" : "done", changed: deleted.length, next: [] }, deleted, absent };
  });
