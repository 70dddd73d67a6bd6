import { readFile } from "node:fs/promises";
import type { Documents } from "../../config/kubeadm/file-types.ts";
import { readKubeadmFile } from "../../config/kubeadm/index.ts";
import { algorithmOf, type KeyAlgorithm } from "../../pki/keys.ts";
import { readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import { operatorServer } from "../../pki/kubeconfig/operator.ts";
import { type KubeconfigUser, type UserKubeconfigRequest, userKubeconfig } from "../../pki/kubeconfig/user.ts";
import { urlHost } from "../../pki/names.ts";
import { certificatesIn } from "../../pki/pem.ts";
import { UserError } from "../../shared/errors.ts";
import { splitHostPort } from "../../shared/names.ts";
import { pki } from "../../templates/paths.ts";
import { glimpse } from "../fleet/first-control-plane.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { adminConf } from "./write.ts";

export interface UserKubeconfigOptions extends FleetOptions {
  /** The cluster of this machine, whatever a configuration says. */
  readonly here: boolean;
  /** A file of kubeadm's that describes the cluster of this machine; `-` for standard input. */
  readonly config?: string;
  readonly user: KubeconfigUser;
  /** Where the CA of this machine's cluster is; absent: where the file says, or in kubeadm's folder. */
  readonly folder?: string | undefined;
}

/** The cluster that the user is one of, and the path of its CA for messages. */
interface Place extends Pick<UserKubeconfigRequest, "clusterName" | "server" | "algorithm"> {
  readonly ca: { readonly certificate: string | undefined; readonly key: string | undefined; readonly folder: string };
}

const defaultPort = 6443;

/** A file of this machine; undefined where there is none. */
const readHere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no code";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UserError(`${path} cannot be read (${code})`, { exit: "preflight", hint: "type it again as root, by sudo" });
  }
};

/** Where such a file says that the API is: as kubeadm, the endpoint, else what the API server advertises. */
const serverOf = ({ ClusterConfiguration: cluster, InitConfiguration: init }: Documents): string | undefined => {
  const { advertiseAddress, bindPort = defaultPort } = init?.localAPIEndpoint ?? {};
  const { host, port = bindPort } = splitHostPort(cluster?.controlPlaneEndpoint ?? "");
  if (host !== "") return `https://${urlHost(host.toLowerCase())}:${port}`;
  return advertiseAddress ? `https://${urlHost(advertiseAddress)}:${bindPort}` : undefined;
};

/** The kind of key that the administrator has. */
const administratorsKind = (certificate = ""): KeyAlgorithm | undefined => {
  const [first] = certificatesIn(certificate);
  return first && algorithmOf(first.publicKey);
};

/** What this machine's admin.conf says, and before it a file of kubeadm's. */
const placeHere = async ({ config, folder: said }: Pick<UserKubeconfigOptions, "config" | "folder">): Promise<Place> => {
  const documents: Documents = config === undefined ? {} : (await readKubeadmFile(config)).documents;
  const { certificatesDir, clusterName, encryptionAlgorithm } = documents.ClusterConfiguration ?? {};
  const folder = said ?? (certificatesDir || pki);
  const admin = readKubeconfig((await readHere(adminConf)) ?? "");
  const server = serverOf(documents) ?? admin?.server;
  if (server === undefined) {
    throw new UserError(`where the API is, is not known here: there is no ${adminConf}`, {
      exit: "preflight",
      hint: "type this on a control plane, or name a configuration: kubeadm's by --config FILE, or kbs's by -f FILE",
    });
  }
  const [certificate, key] = [await readHere(`${folder}/ca.crt`), await readHere(`${folder}/ca.key`)];
  const found = config === undefined ? { name: admin?.clusterName, kind: administratorsKind(admin?.clientCertificate) } : {};
  return {
    clusterName: clusterName ?? found.name ?? "kubernetes",
    server,
    algorithm: (encryptionAlgorithm || found.kind) ?? "RSA-2048",
    ca: { certificate, key, folder },
  };
};

/** What a configuration says; the CA is read from its first control plane. */
const placeOf = async (options: FleetOptions): Promise<Place> => {
  const { cluster, fleet, pkiFound } = await glimpse(options);
  await fleet.close();
  const text = (path: string): string | undefined => [...pkiFound.values()][0]?.get(path)?.content.toString();
  return {
    clusterName: cluster.kubernetes.clusterName,
    server: operatorServer(cluster),
    algorithm: cluster.kubernetes.encryptionAlgorithm,
    ca: { certificate: text(`${pki}/ca.crt`), key: text(`${pki}/ca.key`), folder: pki },
  };
};

const refuse = (folder: string, problem: string): UserError =>
  new UserError(`no certificate can be signed with ${folder}/ca.crt and ca.key: ${problem}`, {
    exit: "preflight",
    hint: "type this on a control plane that has the CA's key; where it is kept elsewhere, only --token works",
  });

/** Milliseconds of kubeadm's usual year: it warns of longer ones, too. */
const usualLife = 8760 * 60 * 60 * 1000;

/**
 * The kubeconfig of a further user: of a client certificate that the cluster's CA signs now, or of a token that the API knows. Changes nothing.
 * @throws UserError exit "preflight" where there is no CA, or not its key
 */
export const makeUserKubeconfig = async (
  options: UserKubeconfigOptions,
): Promise<{ readonly outcome: ActionOutcome; readonly text: string /** A sentence each. */; readonly warnings: readonly string[] }> => {
  const { ca, ...place } = options.here ? await placeHere(options) : await placeOf(options);
  const { certificate, key, folder } = ca;
  if (certificate === undefined) throw refuse(folder, "the certificate is missing");
  const made = await userKubeconfig({ ...place, user: options.user, ca: { certificate, key }, now: new Date() });
  if ("problem" in made) throw refuse(folder, made.problem);
  const warnings = [
    ...("lifeMs" in options.user && options.user.lifeMs > usualLife
      ? ["the certificate is good for more than a year, and cannot be taken back before it ends"]
      : []),
    ...(made.ends && made.ends > made.caEnds
      ? [`the certificate outlives its CA, which ends on ${made.caEnds.toISOString().slice(0, 10)}: nobody trusts it longer`]
      : []),
  ];
  return { outcome: { exit: "done", changed: 0, next: [] }, text: made.text, warnings };
};
