import { parseDocument } from "yaml";
import { secretKey } from "./keys.ts";

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

/**
 * A kubeconfig with another client certificate, key and CA in its current context; all else stays as it is written. Undefined for one that embeds
 * no client certificate and CA: there is nothing to be replaced.
 */
export const renewKubeconfig = (text: string, { certificatePem, keyPem, caPem }: RenewedUser): string | undefined => {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const indexOf = (list: string, name: unknown): number => {
    const entries: unknown = document.toJS()?.[list];
    return Array.isArray(entries) ? entries.findIndex((entry: Entry | null) => entry?.name === name) : -1;
  };
  const context = indexOf("contexts", document.get("current-context"));
  const cluster = ["clusters", indexOf("clusters", document.getIn(["contexts", context, "context", "cluster"])), "cluster"];
  const user = ["users", indexOf("users", document.getIn(["contexts", context, "context", "user"])), "user"];
  if (!document.hasIn([...user, "client-certificate-data"]) || !document.hasIn([...cluster, "certificate-authority-data"]))
    return undefined;
  document.setIn([...cluster, "certificate-authority-data"], base64(caPem));
  document.setIn([...user, "client-certificate-data"], base64(certificatePem));
  document.setIn([...user, "client-key-data"], base64(secretKey(keyPem)));
  return document.toString({ indentSeq: false, lineWidth: 0 });
};
