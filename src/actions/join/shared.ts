import type { PkiFilesFact } from "../../facts/index.ts";
import { KubeError } from "../../kube/error.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";
import { unseal } from "../../pki/certificate-key.ts";
import { readPrivateKey } from "../../pki/keys.ts";
import { certificatesIn, publicKeysIn } from "../../pki/pem.ts";
import { type SharedPlaces, sharedFiles, sharedName } from "../../pki/shared-files.ts";
import { pkiDirectory } from "../../pki/table.ts";
import { type ErrorDetails, UserError } from "../../shared/errors.ts";
import { certsSecretName } from "../../templates/objects/certs.ts";
import { caHashes } from "./machine.ts";

/** What control planes share, by path. Holds secrets. */
export type Shared = ReadonlyMap<string, Buffer>;

/** Milliseconds during which a server that does not answer is asked again: kubeadm's kubernetesAPICall. */
const patience = 60_000;

const again =
  '"kbs init phase upload-certs --upload-certs" on a control plane (or kubeadm\'s, which is called alike) uploads them again, and prints the key for --certificate-key';
const where = `Secret kube-system/${certsSecretName}`;

interface CertsSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

const fetchSecret = async (kube: Kube, signal: AbortSignal): Promise<CertsSecret> => {
  const ref = { apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: certsSecretName };
  const found = await kube.get<CertsSecret>(ref, { signal, patience }).catch((error: unknown) => {
    if (!(error instanceof KubeError) || error.code !== 403) throw error;
    throw new UserError(`the token may not read what control planes share (${where})`, {
      exit: "phase",
      cause: error,
      probably:
        "nothing was ever uploaded in this cluster; or the token has other groups than system:bootstrappers:kubeadm:default-node-token",
      hint: again,
    });
  });
  if (found) return found;
  throw new UserError(`what control planes share is not in the cluster (${where})`, {
    exit: "phase",
    probably: "it was uploaded more than two hours ago, or never, or somebody has deleted it",
    hint: again,
  });
};

const isReadable = (content: Buffer): boolean => {
  const text = content.toString();
  // Whatever is read as a private key is a secret from then on, and certificates are none.
  if (text.includes("PRIVATE KEY-----")) return readPrivateKey(text) !== undefined;
  try {
    return certificatesIn(text).length > 0 || publicKeysIn(text).length > 0;
  } catch {
    return false;
  }
};

/** @param name in the Secret */
const opened = (name: string, sealed: string | undefined, key: string): Buffer => {
  if (!sealed) {
    throw new UserError(`what was uploaded has no ${name}`, {
      exit: "phase",
      probably: "its CA, or etcd, is kept elsewhere, which kbs does not join a control plane to yet",
      hint: again,
    });
  }
  const content = unseal(Buffer.from(sealed, "base64"), key);
  if (content === undefined) {
    throw new UserError("the certificate key does not open what was uploaded", {
      exit: "phase",
      probably: "it is the key of an earlier upload: each has its own, unless one was given",
      hint: again,
    });
  }
  if (isReadable(content)) return content;
  throw new UserError(`what was uploaded as ${name} is neither a certificate nor a key`, { exit: "phase", hint: again });
};

/** @throws UserError for files of another cluster than the one that was discovered */
const refuseOtherCa = (shared: Shared, ca: string, folder = pkiDirectory): void => {
  const known = caHashes(ca);
  if (caHashes(shared.get(`${folder}/ca.crt`)?.toString() ?? "").some((hash) => known.includes(hash))) return;
  throw new UserError("what was uploaded has another CA than the cluster presents", {
    exit: "phase",
    probably: "the cluster's CA was replaced after the upload",
    hint: again,
  });
};

/**
 * Downloads what control planes share and opens it.
 * @param key in hex
 * @param ca the cluster's, as it was discovered, PEM
 * @param places where they are to be; as kubeadm has it where nothing is said
 * @throws UserError when there is nothing, when the key is another one, and for what is not whole
 */
export const downloadShared = async (
  kube: Kube,
  { key, ca, places }: { readonly key: string; readonly ca: string; readonly places?: SharedPlaces },
  signal: AbortSignal,
): Promise<Shared> => {
  const { data = {} } = await fetchSecret(kube, signal);
  const shared = new Map(
    sharedFiles(places).map((path) => {
      const name = sharedName(path, places);
      return [path, opened(name, data[name], key)];
    }),
  );
  refuseOtherCa(shared, ca, places?.folder);
  return shared;
};

type Advice = Pick<ErrorDetails, "probably" | "hint">;

/**
 * What control planes share, of the files of this machine: none is of use without the rest.
 * @param advise what to say where some are missing
 * @throws UserError that names what is missing
 */
export const sharedIn = (found: PkiFilesFact, places: SharedPlaces, advise: (missing: readonly string[]) => Advice): Shared => {
  const all = sharedFiles(places);
  const missing = all.filter((path) => !found.has(path));
  if (missing.length === 0) return new Map(all.map((path) => [path, found.get(path)?.content ?? Buffer.alloc(0)]));
  throw new UserError(`this machine lacks what control planes share: ${missing.join(", ")}`, { exit: "preflight", ...advise(missing) });
};

/**
 * What somebody has copied to this machine from another control plane, or an earlier attempt has left.
 * @throws UserError that names what is missing
 */
export const sharedHere = (found: PkiFilesFact, places: SharedPlaces = {}): Shared =>
  sharedIn(found, places, () => ({
    hint: `give --certificate-key, with which they are downloaded: ${again}; or copy them from a control plane`,
  }));
