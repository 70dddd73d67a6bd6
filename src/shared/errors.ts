/** Exit codes of every command, as documented in docs/exit-codes.md. Of several, the lowest that is not 0 wins. */
export const exitCodes = {
  done: 0,
  bug: 1,
  usage: 2,
  preflight: 3,
  unreachable: 4,
  phase: 5,
  locked: 6,
  changesPending: 10,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof exitCodes;

/** What an error tells beside its sentence. All of it may be shown to a user; none of it may hold a secret. */
export interface ErrorDetails {
  readonly exit?: ExitName;
  /** The host it happened on. */
  readonly host?: string;
  /** The exact command, as a person could type it. */
  readonly command?: string;
  /** The last lines which that command printed. */
  readonly output?: string;
  /** Why it probably happened. */
  readonly probably?: string;
  /** What to type or change next. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error which the user can do something about. Anything else that is thrown is a bug of kbs. */
export class UserError extends Error {
  readonly details: ErrorDetails;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "UserError";
    this.details = details;
  }

  get exit(): ExitName {
    return this.details.exit ?? "usage";
  }
}
