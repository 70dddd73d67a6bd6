import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { ipv6Of } from "../lab/subnet.ts";

/** What two runs of the same create cannot have in common, and what stands in its place when they are compared. The list is complete. */

/** In every path and text. */
const randomTexts = (subnet: string): readonly (readonly [RegExp, string, string])[] => [
  [new RegExp(subnet.replace(/0\/\d+$/, "").replaceAll(".", "\\."), "g"), "SUBNET.", "a lab takes the first network that is free"],
  [new RegExp(`${ipv6Of(subnet.replace(/0\/\d+$/, ""))}(?=\\d)`, "g"), "SUBNET6::", "the same, of IPv6"],
  [/kubelet-client-\d{4}(?:-\d\d){5}\.pem/g, "kubelet-client-TIME.pem", "the second of its making"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UUID", "the cluster's id, uids of objects"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b/g, "TIME", "when it happened"],
  [/(?<=@)\d{10}\b/g, "TIME", "the kubelet's own serving certificate names its second"],
  [/\beyJ[\w-]+\.\.[\w-]{43}/g, "JWS", "what a bootstrap token signs names a CA of its own"],
  [/\bsystem:bootstrap:[a-z0-9]{6}\b/g, "system:bootstrap:TOKEN", "bootstrap tokens are random"],
  [/(?<=--initial-cluster=)[^\s,"]+,[^\s"]+/g, "MEMBERS", "who was a member of etcd when this one joined: whose turn it was is not told"],
];

/** Files whose content is the business of those who run there, with the reason. A folder's own mode and owner are compared all the same. */
export const excludedFiles: readonly (readonly [RegExp, string])[] = [
  [/^\/(?:var\/log|run|tmp|var\/tmp)\//, "logs and what does not outlive a boot"],
  [/^\/etc\/machine-id$/, "systemd's own, random"],
  [/^\/etc\/ssh\/ssh_host_/, "the lab's"],
  [/^\/root\/\.ssh\//, "the lab's"],
  [/^\/home\/\w+\/\.ssh\//, "the lab's"],
  [/^\/var\/lib\/(?:apt|dpkg|dbus|systemd)\//, "the distribution's own"],
  [/^\/var\/lib\/containerd\//, "compared as the images that containerd names"],
  [/^\/opt\/containerd\//, "containerd's own"],
  [/^\/var\/lib\/etcd\//, "compared as the API's objects"],
  [/^\/var\/lib\/cni\//, "addresses that pods have now"],
  [
    /^\/var\/lib\/kubelet\/(?:pods|plugins|plugins_registry|pod-resources|device-plugins|checkpoints|image_manager)\//,
    "what the kubelet does with pods",
  ],
  [/^\/var\/lib\/kubelet\/\w+_state$/, "what the kubelet does with pods"],
  [/^\/var\/lib\/kbs\/journal$/, "compared as the changes that it knows"],
  [/^\/var\/lib\/kbs\/runs\//, "one record for each run"],
  [/^\/var\/lib\/kbs\/written$/, "digests of keys among others, which are random"],
  [/^\/var\/lib\/kbs\/digests$/, "remembers file numbers; a line that is wrong costs time only"],
  [/^\/var\/lib\/kbs\/loaded\//, "compared with what the inputs hold now"],
  [/^\/var\/lib\/kbs\/snapshots(?:\/|$)/, "one for each attempt to take a control plane out"],
  [/^\/var\/lib\/kbs\/blobs\/sha256$/, "an empty folder that comes and goes"],
];

/** Units whose processes are not compared: systemd starts them when they are asked something, and ends them half a minute later. */
export const excludedUnits = ["systemd-timedated.service", "systemd-hostnamed.service", "systemd-localed.service"];

export interface Canon {
  readonly subnet: string;
  /** The certificate authorities of the cluster, by the path of their file. */
  readonly authorities: ReadonlyMap<string, X509Certificate>;
}

/** A path, or any text without certificates and keys. */
export const plain = (text: string, { subnet }: Canon): string =>
  randomTexts(subnet).reduce((now, [pattern, stand]) => now.replaceAll(pattern, stand), text);

const usages = new Map<string, string>();
const extensions = "subjectAltName,basicConstraints,keyUsage,extendedKeyUsage";

const day = 24 * 3600 * 1000;

/** A certificate by what it says and who signed it, without serial, key and the second it was made. */
const describeCertificate = (pem: string, canon: Canon): string => {
  const certificate = new X509Certificate(pem);
  const [same] = [...canon.authorities].find(([, authority]) => authority.fingerprint256 === certificate.fingerprint256) ?? [];
  const [signer = "itself or nobody known"] = [...canon.authorities].find(([, authority]) => certificate.verify(authority.publicKey)) ?? [];
  const says =
    usages.get(pem) ??
    execFileSync("openssl", ["x509", "-noout", "-subject", "-issuer", "-ext", extensions], {
      input: pem,
      timeout: 20_000,
      stdio: "pipe",
    }).toString();
  usages.set(pem, says);
  const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / day;
  // To a tenth: in a kubeconfig it begins with its CA, which is older by the minutes that came between.
  const life = days.toFixed(1);
  const lines = says
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return [
    `certificate${same ? ` of ${same}` : ""} signed by ${signer} for ${life} days, ${describeKey(certificate.publicKey)}`,
    ...lines,
  ].join("; ");
};

const describeKey = ({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): string =>
  `${asymmetricKeyType} ${details?.modulusLength ?? details?.namedCurve}`;

const publicBytes = (key: KeyObject): string =>
  createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");

const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const keyPattern = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/g;
const publicPattern = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g;

const decodeData = (text: string): string =>
  text.replaceAll(/(?<=(?:certificate-authority|client-certificate|client-key)-data: )\S+/g, (data) =>
    Buffer.from(data, "base64").toString(),
  );

/**
 * A text with what is random replaced: certificates by what they say, keys by their type and whether they belong to the certificate beside them.
 * @param beside the text of the file that a key's certificate, or public half, is in
 */
export const canonicalText = (text: string, canon: Canon, beside = ""): string => {
  const open = decodeData(text);
  const around = open + decodeData(beside);
  const certified = [...around.matchAll(certificatePattern)].map(([pem]) => publicBytes(new X509Certificate(pem).publicKey));
  const halves = [...around.matchAll(publicPattern)].map(([pem]) => publicBytes(createPublicKey(pem)));
  const fits = (key: KeyObject): string =>
    [...certified, ...halves].includes(publicBytes(createPublicKey(key))) ? "fits what is beside it" : "fits NOTHING";
  return plain(
    open
      .replaceAll(certificatePattern, (pem) => `<${describeCertificate(pem, canon)}>`)
      .replaceAll(keyPattern, (pem) => `<private key, ${describeKey(createPrivateKey(pem))}, ${fits(createPrivateKey(pem))}>`)
      .replaceAll(publicPattern, (pem) => `<public key, ${describeKey(createPublicKey(pem))}>`),
    canon,
  );
};
