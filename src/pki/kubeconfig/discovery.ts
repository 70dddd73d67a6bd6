import { parse } from "yaml";
import { secrets } from "../../shared/secrets.ts";

/** A kubeconfig as machines that join are given it: in cluster-info, or as a file. PEM texts are decoded; paths are as written. */
export interface DiscoveryKubeconfig {
  readonly server?: string;
  readonly ca?: string;
  readonly caFile?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  /** What the user has to log in with beside a token, such as `client-certificate-data` or `exec`. */
  readonly otherCredentials: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const entries = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : []);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const named = (list: unknown, name: unknown): Fields | undefined => entries(list).find((entry) => entry["name"] === name);

const others = ["client-certificate", "client-certificate-data", "exec", "auth-provider", "username"];

const rootOf = (content: string): Fields | undefined => {
  try {
    const root: unknown = parse(content);
    return isFields(root) && root["kind"] === "Config" ? root : undefined;
  } catch {
    // The parser's message shows the lines around the place, and they may hold a key.
    return undefined;
  }
};

const without = (found: Readonly<Record<keyof Omit<DiscoveryKubeconfig, "otherCredentials">, string | undefined>>) =>
  Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));

/**
 * Reads such a kubeconfig by kubeadm's rule: the cluster without a name where there is one, else that of the current context. Undefined for what is no
 * kubeconfig, or has neither. Its token is registered as a secret.
 */
export const readDiscovered = (content: string): DiscoveryKubeconfig | undefined => {
  const root = rootOf(content);
  if (!root) return undefined;
  const context = fields(named(root["contexts"], root["current-context"])?.["context"]);
  const entry = named(root["clusters"], "") ?? named(root["clusters"], context["cluster"]);
  if (!entry) return undefined;
  const cluster = fields(entry["cluster"]);
  const user = fields(named(root["users"], context["user"])?.["user"]);
  const data = text(cluster["certificate-authority-data"]);
  const token = text(user["token"]);
  if (token !== undefined) secrets.add(token);
  const found = {
    server: text(cluster["server"]),
    ca: data === undefined ? undefined : Buffer.from(data, "base64").toString(),
    caFile: text(cluster["certificate-authority"]),
    token,
    tokenFile: text(user["tokenFile"]),
  };
  return { ...without(found), otherCredentials: others.filter((name) => user[name] !== undefined) };
};
