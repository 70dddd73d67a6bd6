import { UserError } from "../shared/errors.ts";

/** What was asked, for an error's sentence: "apply", "Deployment kube-system/coredns", "cp1". */
export interface Asked {
  readonly verb: string;
  readonly subject: string;
  readonly server: string;
}

export interface Cause {
  /** "DisruptionBudget", "NamespaceTerminating", … */
  readonly reason?: string;
  readonly message?: string;
}

export interface KubeErrorDetails {
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  /** As Kubernetes names it ("Conflict", "Forbidden"); "NoAnswer", "Untrusted" and "Malformed" are our own. */
  readonly reason: string;
  /** Another try may help. */
  readonly transient?: boolean;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfter?: number;
  /** What the server says of the reason in detail, such as which budget forbids an eviction. */
  readonly causes?: readonly Cause[];
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The API server refused, failed or did not answer. */
export class KubeError extends UserError {
  readonly code: number;
  readonly reason: string;
  readonly transient: boolean;
  readonly retryAfter: number | undefined;
  readonly causes: readonly Cause[];

  constructor(message: string, { code, reason, transient = false, retryAfter, causes = [], hint, cause }: KubeErrorDetails) {
    // A tunnel that cannot be had knows better than we do why, and what to do.
    const told = cause instanceof UserError ? cause.details : {};
    super(message, { exit: "phase", ...told, ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }) });
    this.name = "KubeError";
    this.code = code;
    this.reason = reason;
    this.transient = transient;
    this.retryAfter = retryAfter;
    this.causes = causes;
  }
}

/** The part of meta/v1 Status that is read here. */
interface Status {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
}

const hints: Readonly<Record<number, string>> = {
  401: "the client certificate or token is not of this cluster, or has expired",
  403: "use the credentials of a cluster administrator",
};

const statusOf = (body: string): Status | undefined => {
  try {
    const status: Status = JSON.parse(body);
    return status.kind === "Status" ? status : undefined;
  } catch {
    return undefined;
  }
};

/** Codes that another try may cure: overload, and a server or its etcd that is starting, stopping or electing a leader. */
const transientCodes: readonly number[] = [429, 500, 502, 503, 504];

/** How the server begins to say, with code 500 and no reason, that an object to be applied does not fit its kind's schema. */
const misfit = "failed to create typed patch object";

/** The error for an answer of 400 or above. `retryAfter`: the header of that name, in seconds. */
export const refused = (asked: Asked, code: number, body: string, retryAfter?: string): KubeError => {
  const status = statusOf(body);
  const reason = status?.reason || "Unknown";
  const said = (status?.message ?? body).trim().slice(0, 2000) || "no further word";
  const seconds = Number(retryAfter);
  const hint = hints[code];
  return new KubeError(`the API server at ${asked.server} refused to ${asked.verb} ${asked.subject}: ${said} (${code} ${reason})`, {
    code,
    reason,
    transient: transientCodes.includes(code) && !said.startsWith(misfit),
    ...(seconds > 0 ? { retryAfter: seconds * 1000 } : {}),
    causes: status?.details?.causes ?? [],
    ...(hint === undefined ? {} : { hint }),
  });
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The error for a request that got no whole answer. */
export const noAnswer = (asked: Asked, cause: unknown): KubeError =>
  new KubeError(
    `the API server at ${asked.server} does not answer (asked to ${asked.verb} ${asked.subject}): ${messageOf(cause).slice(0, 2000)}`,
    { code: 0, reason: "NoAnswer", transient: true, cause },
  );

/** The error for a server whose certificate does not verify. Waiting does not cure it. */
export const untrusted = (server: string, cause: unknown): KubeError =>
  new KubeError(`what answers at ${server} is not this cluster's API server: ${messageOf(cause)}`, {
    code: 0,
    reason: "Untrusted",
    hint: "compare the certificate which it presents with the cluster's CA, and the clocks of both machines",
    cause,
  });
