import { type Document, parseDocument } from "yaml";
import { secretKey } from "../keys.ts";

interface Entry {
  readonly name?: unknown;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What a renewed kubeconfig holds, PEM. */
export interface RenewedUser {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** The CA that its servers are known by from now on. */
  readonly caPem: string;
}

/** Where in a kubeconfig its current context leads to. */
interface Places {
  readonly document: Document;
  readonly cluster: readonly unknown[];
  readonly user: readonly unknown[];
}

/** Undefined for what cannot be read, and for one that embeds no client certificate. */
const placesIn = (text: string): Places | undefined => {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const indexOf = (list: string, name: unknown): number => {
    const entries: unknown = document.toJS()?.[list];
    return Array.isArray(entries) ? entries.findIndex((entry: Entry | null) => entry?.name === name) : -1;
  };
  const context = indexOf("contexts", document.get("current-context"));
  const cluster = ["clusters", indexOf("clusters", document.getIn(["contexts", context, "context", "cluster"])), "cluster"];
  const user = ["users", indexOf("users", document.getIn(["contexts", context, "context", "user"])), "user"];
  return document.hasIn([...user, "client-certificate-data"]) ? { document, cluster, user } : undefined;
};

const textOf = (document: Document): string => document.toString({ indentSeq: false, lineWidth: 0 });

/**
 * A kubeconfig with another client certificate, key and CA in its current context; all else stays as it is written. Undefined for one that embeds
 * no client certificate and CA: there is nothing to be replaced.
 */
export const renewKubeconfig = (text: string, { certificatePem, keyPem, caPem }: RenewedUser): string | undefined => {
  const { document, cluster, user } = placesIn(text) ?? {};
  if (!document || !cluster || !user || !document.hasIn([...cluster, "certificate-authority-data"])) return undefined;
  document.setIn([...cluster, "certificate-authority-data"], base64(caPem));
  document.setIn([...user, "client-certificate-data"], base64(certificatePem));
  document.setIn([...user, "client-key-data"], base64(secretKey(keyPem)));
  return textOf(document);
};

/** A kubeconfig that names a file with certificate and key where it has embedded them; all else stays as it is written. Undefined where it has not. */
export const nameClientFile = (text: string, path: string): string | undefined => {
  const { document, user } = placesIn(text) ?? {};
  if (!document || !user) return undefined;
  for (const field of ["client-certificate", "client-key"]) {
    document.deleteIn([...user, `${field}-data`]);
    document.setIn([...user, field], path);
  }
  return textOf(document);
};
