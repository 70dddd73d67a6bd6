import { newCertificateKey } from "../pki/certificate-key.ts";
import { externalFiles, sharedPlaces } from "../pki/shared-files.ts";
import { certsReaders } from "../templates/objects/certs.ts";
import { uploadShared } from "./common/certificate-upload.ts";
import { objectChanges } from "./common/objects.ts";
import { pkiFileAt } from "./common/pki.ts";
import { type ClusterPhase, firstControlPlane, nothing } from "./context.ts";

/** Needs: rights in the API. Gives: what control planes share, sealed, in the API for two hours, and the key to it. */
export const uploadCertificates: ClusterPhase = {
  id: "upload-certificates",
  title: "Upload the certificates for further control planes",
  hosts: (context) => (context.invitation?.certificates ? firstControlPlane(context) : []),
  needs: [{ phase: "apply-bootstrap-objects", on: "first" }],
  wish: () => objectChanges(certsReaders),
  act: async (context, host, { signal }) => {
    const { key = newCertificateKey() } = context.invitation?.certificates ?? {};
    const places = sharedPlaces(context.cluster);
    const elsewhere = externalFiles(places);
    const files = (path: string): Buffer | undefined =>
      elsewhere.has(path) ? context.pkiFound.get(host)?.get(path)?.content : pkiFileAt(context, path).content;
    await uploadShared(context.learned.get("kube"), { files, key, places }, signal);
    context.learned.tell("certificateKey", key);
    return { changed: ["Secret kube-system/kubeadm-certs"] };
  },
  // Also where there is an upload: nobody knows its key any more, and its two hours have begun.
  foresee: async (context) =>
    context.invitation?.certificates
      ? { changes: [{ change: "Secret kube-system/kubeadm-certs", why: "what control planes share, sealed; it ends after 2h0m0s" }] }
      : nothing,
};
