import { parse, stringify } from "yaml";
import { secrets } from "../../shared/secrets.ts";
import { secretKey } from "../keys.ts";

/** How a user of a kubeconfig proves who it is. */
type Credentials = { readonly certificatePem: string; readonly keyPem: string } | { readonly token: string };

export interface KubeconfigContent {
  readonly clusterName: string;
  /** `https://host:port` */
  readonly server: string;
  readonly caPem: string;
  readonly user: string;
  readonly credentials: Credentials;
  /** Default: `<user>@<clusterName>`. */
  readonly context?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Sorted keys, two blanks, no document marker, as Kubernetes' own tools write. Version 1.1, because they read `yes` and `on` as booleans. */
const yaml = (value: unknown): string => stringify(value, { sortMapEntries: true, indentSeq: false, lineWidth: 0, version: "1.1" });

const cluster = (name: string, server: string, caPem: string) => ({
  name,
  cluster: { "certificate-authority-data": base64(caPem), server },
});

const userEntry = (credentials: Credentials) =>
  "token" in credentials
    ? { token: secrets.add(credentials.token) }
    : { "client-certificate-data": base64(credentials.certificatePem), "client-key-data": base64(secretKey(credentials.keyPem)) };

/** A kubeconfig with one cluster, one user and one context, credentials embedded. */
export const renderKubeconfig = (content: KubeconfigContent): string => {
  const { clusterName, server, caPem, user, credentials, context = `${user}@${clusterName}` } = content;
  return yaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: [cluster(clusterName, server, caPem)],
    users: [{ name: user, user: userEntry(credentials) }],
    contexts: [{ name: context, context: { cluster: clusterName, user } }],
    "current-context": context,
  });
};

/** bootstrap-kubelet.conf: what a kubelet asks its first certificate with. The context is named as kubeadm names it, whatever the cluster is called. */
export const renderBootstrapKubeconfig = (clusterName: string, server: string, caPem: string, token: string): string => {
  const user = "tls-bootstrap-token-user";
  return renderKubeconfig({ clusterName, server, caPem, user, credentials: { token }, context: `${user}@kubernetes` });
};

/** The kubeconfig in the ConfigMap kube-public/cluster-info: a server and its CA, nobody's credentials. */
export const renderClusterInfo = (server: string, caPem: string): string =>
  yaml({ apiVersion: "v1", kind: "Config", clusters: [cluster("", server, caPem)], users: null, contexts: null, "current-context": "" });

/** What the current context of a kubeconfig leads to. PEM texts are decoded. */
export interface Kubeconfig {
  readonly server: string;
  /** As the kubeconfig calls it. */
  readonly clusterName: string;
  readonly ca?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Path of a certificate that is not embedded. */
  readonly clientCertificateFile?: string;
}

type Fields = Readonly<Record<string, unknown>>;
const hasFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const fields = (value: unknown): Fields => (hasFields(value) ? value : {});
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const decoded = (value: unknown): string | undefined => (typeof value === "string" ? Buffer.from(value, "base64").toString() : undefined);

/** The entry of a list like `users` with a name, below the key that holds its fields. */
const named = (list: unknown, name: unknown, key: string): Fields =>
  fields((Array.isArray(list) ? list : []).map(fields).find((entry) => entry["name"] === name)?.[key]);

const parsed = (text: string): Fields => {
  try {
    return fields(parse(text));
  } catch {
    // The parser's message shows the lines around the place, and they may hold a key.
    return {};
  }
};

/** Reads a kubeconfig, or undefined when it is none whose current context leads to a server. Its credentials are registered as secrets. */
export const readKubeconfig = (text: string): Kubeconfig | undefined => {
  const root = parsed(text);
  const context = named(root["contexts"], root["current-context"], "context");
  const target = named(root["clusters"], context["cluster"], "cluster");
  const user = named(root["users"], context["user"], "user");
  const server = textOf(target["server"]);
  if (server === undefined) return undefined;
  const found = {
    ca: decoded(target["certificate-authority-data"]),
    clientCertificate: decoded(user["client-certificate-data"]),
    clientKey: decoded(user["client-key-data"]),
    clientCertificateFile: textOf(user["client-certificate"]),
  };
  if (found.clientKey !== undefined) secretKey(found.clientKey);
  for (const secret of [textOf(user["token"]), textOf(user["password"])]) if (secret !== undefined) secrets.add(secret);
  return {
    server,
    clusterName: textOf(context["cluster"]) ?? "",
    ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)),
  };
};
