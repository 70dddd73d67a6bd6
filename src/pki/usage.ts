/** What a certificate may be used for (RFC 5280, 4.2.1.12). */
export const usageOids = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const;

export type Usage = keyof typeof usageOids;
