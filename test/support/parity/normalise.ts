import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { plain } from "../canonical.ts";
import { type AnyObject, canonicalObject, excludedKinds } from "../canonical-objects.ts";
import { type Authorities, describeCertificate, describeKey, fits } from "./certificate.ts";
import { certificateKey } from "./config.ts";
import type { Picture, SeenFile } from "./picture.ts";

/** A node and its cluster without what is random: by path or by kind and name. */
export interface Normal {
  readonly files: Readonly<Record<string, SeenFile>>;
  readonly objects: Readonly<Record<string, unknown>>;
}

const bytes = (text: string): string => Buffer.from(text, "latin1").toString();
const decoded = (data: string): string => Buffer.from(data, "base64").toString();

const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/g;
const privatePattern = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----\n?/g;
const publicPattern = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----\n?/g;
const dataPattern = /(?<=(?:certificate-authority|client-certificate|client-key)-data: )\S+/g;

/** How a PEM text is laid out: long lines, or no end of the last one, are a difference. */
const layout = (pem: string): string => (/^-----[^\n]+\n(?:[^\n]{64}\n)*[^\n]{1,64}\n-----[^\n]+\n$/.test(pem) ? "" : " in UNUSUAL lines");

interface Learned {
  readonly subnet: string;
  readonly authorities: Authorities;
}

/** @param beside the text of the file that a key's certificate, or public half, is in */
const normalText = (text: string, { subnet, authorities }: Learned, beside = ""): string => {
  const open = text.replaceAll(dataPattern, decoded);
  const around = open + beside;
  const halves = [
    ...[...around.matchAll(certificatePattern)].map(([pem]) => new X509Certificate(pem).publicKey),
    ...[...around.matchAll(publicPattern)].map(([pem]) => createPublicKey(pem)),
  ];
  const told = open
    .replaceAll(certificatePattern, (pem) => `<${describeCertificate(pem, authorities)}${layout(pem)}>`)
    .replaceAll(privatePattern, (pem, type: string) => {
      const key = createPrivateKey(pem);
      return `<${type}, ${describeKey(key)}, ${fits(createPublicKey(key), halves) ? "fits" : "DOES NOT FIT"} what is beside it${layout(pem)}>`;
    })
    .replaceAll(publicPattern, (pem) => `<public key, ${describeKey(createPublicKey(pem))}${layout(pem)}>`);
  return plain(told, { subnet, authorities });
};

const authorityPaths = ["pki", "own-pki"].flatMap((folder) =>
  ["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"].map((name) => `/etc/kubernetes/${folder}/${name}`),
);

const learn = ({ files, subnet }: Picture, more: readonly string[]): Learned => {
  const found = [...authorityPaths, ...more].flatMap((path) => {
    const text = files[path]?.text;
    return text === undefined ? [] : [[path, new X509Certificate(bytes(text))] as const];
  });
  return { subnet, authorities: new Map(found) };
};

const besideOf = (path: string, files: Picture["files"]): string =>
  [".crt", ".pub"]
    .map((ending) => path.replace(/\.key$/, ending))
    .filter((other) => other !== path)
    .map((other) => bytes(files[other]?.text ?? ""))
    .join("");

const normalFiles = ({ files }: Picture, learned: Learned): Record<string, SeenFile> =>
  Object.fromEntries(
    Object.entries(files).map(([path, { what, text }]) => {
      const canon = { subnet: learned.subnet, authorities: learned.authorities };
      const told = plain(what, canon);
      if (text === undefined) return [plain(path, canon), { what: told }];
      return [plain(path, canon), { what: told, text: normalText(bytes(text), learned, besideOf(path, files)) }];
    }),
  );

const hashKey = "kubeadm.kubernetes.io/component-config.hash";

type Data = Readonly<Record<string, string>>;

const dataOf = ({ data }: AnyObject): Data => Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, String(value)]));

const judgeHash = (data: Data, told: string): string => {
  const hash = createHash("sha256");
  for (const key of Object.keys(data).toSorted()) hash.update(data[key] ?? "");
  return told === `sha256:${hash.digest("hex")}` ? "of the data" : "WRONG";
};

/** Compact JWS with the payload left out (RFC 7515, appendix F), under the secret half of a token. */
const judgeSignature = (signature: string, payload: string, secret: string): string => {
  const [header = "", , told = ""] = signature.split(".");
  const right = createHmac("sha256", secret)
    .update(`${header}.${Buffer.from(payload).toString("base64url")}`)
    .digest("base64url");
  return `${decoded(header)} ${right === told ? "by the token" : "WRONG"}`;
};

/** AES-256-GCM, the nonce before and the tag behind; some values are empty. */
const unsealed = (value: string, learned: Learned): string => {
  const sealed = Buffer.from(value, "base64");
  if (sealed.length === 0) return "";
  const cipher = createDecipheriv("aes-256-gcm", Buffer.from(certificateKey, "hex"), sealed.subarray(0, 12));
  cipher.setAuthTag(sealed.subarray(-16));
  return normalText(Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()]).toString(), learned);
};

/** The token by whose end what was uploaded ends. */
const ofUpload = "Proxy for managing TTL for the kubeadm-certs secret";

/** Names that hold the id of that token. */
const withoutUploadToken = (objects: readonly AnyObject[]): readonly AnyObject[] => {
  const token = objects.find((object) => decoded(dataOf(object)["description"] ?? "") === ofUpload && object.kind === "Secret");
  const id = decoded(token ? (dataOf(token)["token-id"] ?? "") : "");
  if (!token || id === "") return objects;
  const stand = "bootstrap-token-of-upload";
  return objects.map((object) => {
    const { metadata } = object;
    const ownerReferences = metadata.ownerReferences?.map((owner) => ({
      ...owner,
      name: owner.name.replace(`bootstrap-token-${id}`, stand),
    }));
    if (object !== token) return { ...object, metadata: { ...metadata, ...(ownerReferences && { ownerReferences }) } };
    const random = Object.fromEntries(["token-id", "token-secret"].map((key) => [key, Buffer.from("random").toString("base64")]));
    return { ...object, metadata: { ...metadata, name: stand }, data: { ...dataOf(object), ...random } };
  });
};

const secretsOf = (objects: readonly AnyObject[]): ReadonlyMap<string, string> =>
  new Map(
    objects
      .filter(({ kind, type }) => kind === "Secret" && type === "bootstrap.kubernetes.io/token")
      .map((object) => [decoded(dataOf(object)["token-id"] ?? ""), decoded(dataOf(object)["token-secret"] ?? "")]),
  );

/** Whether a taint comes and goes with a node's readiness. */
const isPassing = (taint: unknown): boolean =>
  typeof taint === "object" && taint !== null && "key" in taint && String(taint.key).startsWith("node.kubernetes.io/");

/** A node without the taints that the node lifecycle controller sets by its conditions, at a moment of its own. */
const withoutPassingTaints = (object: AnyObject): AnyObject => {
  const spec: Readonly<Record<string, unknown>> = { ...Object(object["spec"]) };
  const { taints } = spec;
  if (object.kind !== "Node" || !Array.isArray(taints)) return object;
  return { ...object, spec: { ...spec, taints: taints.filter((taint) => !isPassing(taint)) } };
};

/** An object in which what depends on random bytes is judged instead. */
const judged = (object: AnyObject, secrets: ReadonlyMap<string, string>, learned: Learned): AnyObject => {
  const { managedFields: _, ...metadata } = object.metadata;
  const data = dataOf(object);
  const hash = metadata.annotations?.[hashKey];
  const annotations = hash === undefined ? metadata.annotations : { ...metadata.annotations, [hashKey]: judgeHash(data, hash) };
  const signed = Object.entries(data).map(([key, value]) => {
    if (object.kind === "Secret") return [key, metadata.name === "kubeadm-certs" ? unsealed(value, learned) : decoded(value)];
    const id = /^jws-kubeconfig-(.+)$/.exec(key)?.[1];
    return [key, id === undefined ? value : judgeSignature(value, data["kubeconfig"] ?? "", secrets.get(id) ?? "")];
  });
  return {
    ...object,
    metadata: { ...metadata, ...(annotations && { annotations }) },
    ...(object.data !== undefined && { data: Object.fromEntries(signed) }),
  };
};

const json = (value: unknown): string => JSON.stringify(value) ?? "";

const normalObjects = ({ objects }: Picture, learned: Learned): Record<string, unknown> => {
  const secrets = secretsOf(objects);
  const found: Record<string, unknown[]> = {};
  for (const object of withoutUploadToken(objects).filter(({ kind }) => !(kind in excludedKinds))) {
    const [name, whole] = canonicalObject(judged(withoutPassingTaints(object), secrets, learned), learned);
    (found[name] ??= []).push(whole);
  }
  return Object.fromEntries(
    Object.entries(found).map(([name, all]) => [name, all.toSorted((a, b) => (json(a) < json(b) ? -1 : 1))] as const),
  );
};

/** @param authorities paths of CAs that stand elsewhere than usual */
export const normalise = (picture: Picture, authorities: readonly string[] = []): Normal => {
  const learned = learn(picture, authorities);
  return { files: normalFiles(picture, learned), objects: normalObjects(picture, learned) };
};
