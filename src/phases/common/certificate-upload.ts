import type { Kube, LiveObject } from "../../kube/types.ts";
import { seal } from "../../pki/certificate-key.ts";
import { type SharedPlaces, sharedFiles, sharedName } from "../../pki/shared-files.ts";
import { newToken } from "../../pki/token.ts";
import { bootstrapTokenSecret } from "../../templates/objects/bootstrap.ts";
import { certsSecret, certsTokenDescription } from "../../templates/objects/certs.ts";

/** Milliseconds that an upload lives: kubeadm's two hours. */
const uploadLife = 2 * 60 * 60 * 1000;

interface CertsSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A token that nobody can use: the controller manager deletes it when it ends, and the garbage collector what it owns. */
const makeOwner = async (kube: Kube, signal: AbortSignal): Promise<{ readonly name: string; readonly uid: string }> => {
  const { id, secret } = newToken();
  const expires = new Date(Date.now() + uploadLife);
  const made = await kube.create(
    bootstrapTokenSecret({ id, secret, expires, description: certsTokenDescription, usages: [], groups: [] }),
    {
      signal,
    },
  );
  // A token of that very id was there: one in two billion, or an answer that was lost and asked for again.
  if (made?.metadata.uid === undefined) return await makeOwner(kube, signal);
  return { name: made.metadata.name, uid: made.metadata.uid };
};

/**
 * Uploads what control planes share, sealed by the key, in place of any earlier upload; it goes by itself after two hours.
 * @param files by their paths; one that is not there is named and stays empty, as kubeadm leaves it
 * @param key in hex
 * @param places where they are; as kubeadm has it where nothing is said
 */
export const uploadShared = async (
  kube: Kube,
  { files, key, places }: { readonly files: (path: string) => Buffer | undefined; readonly key: string; readonly places?: SharedPlaces },
  signal: AbortSignal,
): Promise<void> => {
  const sealed = sharedFiles(places).map((path): [string, Buffer] => {
    const content = files(path);
    return [sharedName(path, places), content === undefined ? Buffer.alloc(0) : seal(content, key)];
  });
  const object = certsSecret(Object.fromEntries(sealed), await makeOwner(kube, signal));
  if (await kube.create(object, { signal })) return;
  const ref = { apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: object.metadata.name };
  const found = await kube.get<CertsSecret>(ref, { signal });
  const gone = Object.fromEntries(Object.keys(found?.data ?? {}).map((name) => [name, null]));
  // A merge patch takes the list of owners as a whole: applied, the former upload's owner would stay beside the new one.
  const { metadata, data } = { data: {}, ...object };
  await kube.patch(ref, { metadata: { ownerReferences: metadata["ownerReferences"] }, data: { ...gone, ...data } }, "merge", { signal });
};
