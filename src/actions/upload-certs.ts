import type { Host } from "../changes/host.ts";
import { readKubeadmFile } from "../config/kubeadm/index.ts";
import { pkiFilesIn, readFact } from "../facts/index.ts";
import { reconcile } from "../kube/reconcile.ts";
import { uploadShared } from "../phases/common/certificate-upload.ts";
import { newCertificateKey } from "../pki/certificate-key.ts";
import { sharedFiles } from "../pki/shared-files.ts";
import { certsReaders } from "../templates/objects/certs.ts";
import { pki } from "../templates/paths.ts";
import { reach } from "./connect.ts";
import { refuseOrdinaryUser, thisMachine } from "./here.ts";
import { told } from "./join-discover.ts";
import { type Shared, sharedIn } from "./join-shared.ts";
import type { ActionOutcome } from "./options.ts";
import { type ApiOptions, withApi } from "./token-api.ts";

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

/** @throws UserError that names what is not there: a further control plane could do nothing with the rest */
const read = async (door: Host, folder: string, signal: AbortSignal): Promise<Shared> => {
  const pkiFiles = pkiFilesIn(folder);
  const questions = [pkiFiles.question];
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  return sharedIn(readFact(pkiFiles, questions, records) ?? new Map(), folder, (missing) => ({
    probably:
      missing.length === sharedFiles(folder).length
        ? "it is no control plane"
        : "a CA, or etcd, is kept elsewhere, which kbs does not upload yet",
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
    const files = await read(door, options.folder, signal);
    const phase = { phase: "upload-certificates", title: "Upload the certificates for further control planes" };
    await told(phase, machine.name, options, () =>
      withApi(options, async ({ kube }) => {
        for (const object of certsReaders) await reconcile(kube, { object }, "apply", { signal });
        await uploadShared(kube, { files: (path) => files.get(path), key, folder: options.folder }, signal);
      }),
    );
    return { outcome: { exit: "done", changed: 1, next: [] }, certificateKey: key };
  } finally {
    await door.close();
  }
};
