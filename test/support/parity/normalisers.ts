/**
 * What two clusters that are made alike cannot have in common, and what stands in its place when they are compared. With `canonical.ts` and
 * `canonical-objects.ts`, whose lists hold here too, this is complete.
 */

/** Folders whose content is not a tool's, with the reason. Their own mode and owner are compared. */
export const differentFiles: readonly (readonly [RegExp, string])[] = [
  [/^\/var\/lib\/etcd\/./, "compared as the API's objects"],
  [
    /^\/var\/lib\/kubelet\/(?:pods|plugins|plugins_registry|pod-resources|pods-api|device-plugins|checkpoints|image_manager)\/./,
    "what the kubelet does with pods",
  ],
  [/^\/var\/lib\/kubelet\/\w+_state$/, "what the kubelet does with pods"],
];

/*
 * Of a certificate, in its own order, with what stands for each part:
 * - serial: random; its length is compared
 * - key identifiers: made of a random key; compared by how they are made of which key
 * - validity: when it was made; compared are how long it is good, in seconds, and whether that begins with the first CA, or later; not what went by between the CA and a certificate that begins with it
 * - key: random; its type and size are compared, and whether it fits the certificate beside it
 * - signature: made of the above; compared are its algorithm and who has signed
 *
 * Of objects, beside what `canonical-objects.ts` lists:
 * - managedFields: names the tool
 * - a Node's taints node.kubernetes.io/…: set by a controller while a node is not ready, some seconds after it has found that
 * - component-config.hash: compared as whether it is the SHA-256 of the data, as kubeadm wants it
 * - jws-kubeconfig: compared as whether the token has signed the kubeconfig beside it
 * - data of Secrets: compared as the texts that base64 stands for
 * - Secret kubeadm-certs: sealed under a random nonce; compared as what the key opens
 * - its bootstrap token: random; its name stands for it
 */
