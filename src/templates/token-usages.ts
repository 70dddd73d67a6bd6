/** What a bootstrap token is good for: to sign cluster-info, and to log in. */
export const tokenUsages = ["signing", "authentication"] as const;
export type TokenUsage = (typeof tokenUsages)[number];
