import { type Attempt, type Plan, passwordTries } from "./attempts.ts";
import type { Hop } from "./hop.ts";
import { type AuthHandler, noMoreAttempts } from "./ssh2.ts";

/** What a refused log-in can tell. */
export interface AuthReport {
  readonly tried: string[];
  /** What was not tried, and why. */
  readonly left: string[];
  /** The methods that the server took at last; undefined before it has answered once. */
  offered: readonly string[] | undefined;
  /** Set when a person's prompt failed: the log-in ends with this error. */
  failure: unknown;
}

export interface Authenticator {
  readonly handler: AuthHandler;
  readonly report: AuthReport;
}

type Next = Parameters<AuthHandler>[2];

/** Offers the attempts one by one, those that the server takes. */
export const createAuthenticator = (hop: Hop, plan: Plan): Authenticator => {
  const report: AuthReport = { tried: [], left: [...plan.left], offered: undefined, failure: undefined };
  const queue = [...plan.attempts];
  const limit = hop.identity.password === undefined ? passwordTries : 1;
  let given = 0; // passwords since the last success
  let silent = false; // keyboard-interactive ended without a question: the server has none, so trying again is vain

  const allowed = (attempt: Attempt): boolean => {
    const taken = report.offered?.includes(attempt.method) ?? true;
    if (attempt.method === "publickey") return taken;
    return taken && given < limit && !(silent && attempt.method === "keyboard-interactive");
  };

  const nextMethod = async (): Promise<Parameters<Next>[0]> => {
    // Which kind of password the server takes is only known from its first answer; asking with "none" counts as no failure.
    if (report.offered === undefined && queue[0]?.method !== "publickey") return { type: "none", username: hop.user };
    for (let attempt = queue.shift(); attempt !== undefined; attempt = queue.shift()) {
      if (!allowed(attempt)) continue;
      const method = await attempt.make(() => {
        given++;
        silent = false;
      });
      if (typeof method === "string") {
        report.left.push(method);
        continue;
      }
      silent = attempt.method === "keyboard-interactive";
      report.tried.push(attempt.label);
      return method;
    }
    return noMoreAttempts;
  };

  const offer = async (next: Next): Promise<void> => {
    try {
      next(await nextMethod());
    } catch (error) {
      report.failure = error;
      next(noMoreAttempts);
    }
  };

  const handler: AuthHandler = (offered, partial, next) => {
    report.offered = offered ?? undefined; // null before the server's first answer, though ssh2's types do not say so
    if (partial) given = 0; // the server wants a second factor: a password may be right for that again
    void offer(next);
  };

  return { handler, report };
};
