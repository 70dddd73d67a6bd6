import type { Host } from "../changes/host.ts";
import { readKubeadmFile, readKubeadmText } from "../config/kubeadm/index.ts";
import { pkiFilesIn, readFact } from "../facts/index.ts";
import { reconcile } from "../kube/reconcile.ts";
import type { Kube, LiveObject } from "../kube/types.ts";
import { uploadShared } from "../phases/common/certificate-upload.ts";
import { newCertificateKey } from "../pki/certificate-key.ts";
import { externalFiles, type SharedPlaces, sharedFiles } from "../pki/shared-files.ts";
import { certsReaders } from "../templates/objects/certs.ts";
import { pki } from "../templates/paths.ts";
import { reach } from "./fleet/connect.ts";
import { refuseOrdinaryUser, thisMachine } from "./fleet/here.ts";
import { told } from "./join/discover.ts";
import { type Shared, sharedIn } from "./join/shared.ts";
import type { ActionOutcome } from "./options.ts";
import { type ApiOptions, withApi } from "./token/api.ts";

interface UploadOptions extends ApiOptions {
  /** What seals the upload; absent: a new one. A secret. */
  readonly certificateKey?: string;
  /** Where certificates are. */
  readonly folder: string;
  readonly isRoot: boolean;
}

interface Uploaded {
  readonly outcome: ActionOutcome;
  /** A secret. */
  readonly certificateKey: string;
}

/** Where certificates are, by the command line or by kubeadm's file. @throws ConfigError */
export const folderOf = async (said: { readonly folder: string | undefined; readonly config: string | undefined }): Promise<string> => {
  if (said.folder !== undefined || said.config === undefined) return said.folder ?? pki;
  return (await readKubeadmFile(said.config)).documents.ClusterConfiguration?.certificatesDir || pki;
};

interface ConfigMap extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** By what clients log in to an etcd that others run, as the cluster says; undefined where it is its own. */
const externalEtcd = async (kube: Kube, signal: AbortSignal): Promise<SharedPlaces["external"]> => {
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "kubeadm-config" };
  const text = (await kube.get<ConfigMap>(ref, { signal }))?.data?.["ClusterConfiguration"];
  if (text === undefined) return undefined;
  const { external } = readKubeadmText({ name: "kubeadm-config", text, openToOthers: false }).documents.ClusterConfiguration?.etcd ?? {};
  if (!external) return undefined;
  const { caFile, certFile, keyFile } = external;
  return { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) };
};

/** @throws UserError that names what is not there: a further control plane could do nothing with the rest */
const read = async (door: Host, places: SharedPlaces, signal: AbortSignal): Promise<Shared> => {
  const pkiFiles = pkiFilesIn(places.folder, [...externalFiles(places).keys()]);
  const questions = [pkiFiles.question];
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  return sharedIn(readFact(pkiFiles, questions, records) ?? new Map(), places, (missing) => ({
    probably:
      missing.length === sharedFiles(places).length
        ? "it is no control plane"
        : "the key of a CA is kept elsewhere, which kbs does not upload yet",
    hint: "type this on a control plane that has them all",
  }));
};

/**
 * Uploads what the control plane on this machine shares with others, in place of any earlier upload.
 * @throws UserError when kbs is not root, and where files are missing
 */
export const uploadCerts = async (options: UploadOptions): Promise<Uploaded> => {
  const { signal, certificateKey: key = newCertificateKey() } = options;
  refuseOrdinaryUser(options.isRoot, "init phase upload-certs", options.command);
  const machine = thisMachine();
  const { host: door } = await (options.connect ?? reach)(machine, options);
  try {
    const phase = { phase: "upload-certificates", title: "Upload the certificates for further control planes" };
    await told(phase, machine.name, options, () =>
      withApi(options, async ({ kube }) => {
        const places: SharedPlaces = { folder: options.folder, external: await externalEtcd(kube, signal) };
        const files = await read(door, places, signal);
        for (const object of certsReaders) await reconcile(kube, { object }, "apply", { signal });
        await uploadShared(kube, { files: (path) => files.get(path), key, places }, signal);
      }),
    );
    return { outcome: { exit: "done", changed: 1, next: [] }, certificateKey: key };
  } finally {
    await door.close();
  }
};
