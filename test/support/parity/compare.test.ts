import { createHash, createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { fewKeys, issue, names } from "../../pki/support.ts";
import type { AnyObject } from "../canonical-objects.ts";
import { compare, type Difference } from "./compare.ts";
import { normalise } from "./normalise.ts";
import { judge } from "./observed.ts";
import type { Picture, SeenFile } from "./picture.ts";

// Whether two clusters are alike is judged by what is compared here: that random things do not count, and that everything else does.

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const config = "maxPods: 110\n";
const hashOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const object = (kind: string, name: string, fields: Readonly<Record<string, unknown>>): AnyObject => ({
  kind,
  metadata: { name, namespace: "kube-system", uid: name, labels: { tier: "node" } },
  ...fields,
});

const secretHalf = "0123456789abcdef";
const signatureOf = (payload: string): string => {
  const header = Buffer.from('{"alg":"HS256","kid":"abcdef"}').toString("base64url");
  const signature = createHmac("sha256", secretHalf)
    .update(`${header}.${Buffer.from(payload).toString("base64url")}`)
    .digest("base64url");
  return `${header}..${signature}`;
};

interface Change {
  readonly files?: (files: Record<string, SeenFile>) => void;
  readonly objects?: (objects: AnyObject[]) => void;
}

/** Keys of their own, another network and another second: all that two hosts cannot have in common. */
const pictureOf = async (subnet: string, sans: readonly string[]): Promise<Picture> => {
  const address = subnet.replace("0/24", "11");
  const made = await issue({
    names: { ...names, advertiseAddress: address, address, apiServerSans: sans },
    keys: await fewKeys("ECDSA-P256"),
    now: new Date(Date.UTC(2026, 0, 1, 0, 0, Number(subnet.split(".")[2]))),
  });
  const files = Object.fromEntries(
    made.map(({ path, mode, content }) => [path, { what: `file 0${mode.toString(8)} 0:0`, text: content.toString("latin1") }]),
  );
  const info = `server: https://${address}:6443\n`;
  const objects = [
    object("ConfigMap", "kubelet-config", { data: { kubelet: config } }),
    object("ConfigMap", "cluster-info", { data: { kubeconfig: info, "jws-kubeconfig-abcdef": signatureOf(info) } }),
    object("Secret", "bootstrap-token-abcdef", {
      type: "bootstrap.kubernetes.io/token",
      data: { "token-id": base64("abcdef"), "token-secret": base64(secretHalf), expiration: base64(new Date().toISOString()) },
    }),
  ].map((one) =>
    one.metadata.name === "kubelet-config"
      ? { ...one, metadata: { ...one.metadata, annotations: { "kubeadm.kubernetes.io/component-config.hash": hashOf(config) } } }
      : one,
  );
  return { subnet, files, objects };
};

let kubeadm: Picture;
let kbs: Picture;
const against = (picture: Picture): Difference[] => compare(normalise(kubeadm), normalise(picture));
const where = (found: readonly Difference[]): string[] => found.map((difference) => difference.where);

beforeAll(async () => {
  const sans = ["one.example", "two.example"];
  [kubeadm, kbs] = await Promise.all([pictureOf("10.77.1.0/24", sans), pictureOf("10.77.2.0/24", sans)]);
});

const changed = ({ files = () => undefined, objects = () => undefined }: Change): Picture => {
  const picture = { subnet: kbs.subnet, files: { ...kbs.files }, objects: [...kbs.objects] };
  files(picture.files);
  objects(picture.objects);
  return picture;
};

test("keys, serials, seconds, networks, and what is made of them do not count", () => {
  expect(against(kbs)).toEqual([]);
});

const ca = "/etc/kubernetes/pki/ca.crt";
const key = "/etc/kubernetes/pki/apiserver.key";
const admin = "/etc/kubernetes/admin.conf";

const mapText = (path: string, map: (text: string) => string): Change => ({
  files: (files) => {
    const { what = "", text = "" } = files[path] ?? {};
    files[path] = { what, text: map(text) };
  },
});

const mapObject = (name: string, map: (one: AnyObject) => AnyObject): Change => ({
  objects: (objects) => {
    const at = objects.findIndex(({ metadata }) => metadata.name === name);
    const found = objects[at];
    if (found) objects[at] = map(found);
  },
});

const withData = (name: string, data: Readonly<Record<string, string>>): Change =>
  mapObject(name, (one) => ({ ...one, data: Object.assign({}, one["data"], data) }));

describe("a difference is found and named", () => {
  test.each<readonly [string, Change, string]>([
    ["another mode", { files: (files) => void (files[key] = { ...files[key], what: "file 0644 0:0" }) }, `${key} > mode`],
    ["a missing file", { files: (files) => void Reflect.deleteProperty(files, key) }, key],
    ["a file besides", { files: (files) => void (files["/etc/kubernetes/x"] = { what: "folder 0755 0:0" }) }, "/etc/kubernetes/x"],
    ["a key of another certificate", { files: (files) => void (files[key] = files["/etc/kubernetes/pki/sa.key"] ?? { what: "" }) }, key],
    ["a certificate twice", mapText(ca, (text) => text + text), ca],
    ["lines of another length", mapText(key, (text) => text.replace(/\n.{32}/, "$&\n")), key],
    ["another server", mapText(admin, (text) => text.replace(":6443", ":7443")), `${admin} > clusters > 0 > cluster > server`],
    [
      "another order of keys",
      mapText(admin, (text) => text.replace("apiVersion: v1\n", "").concat("apiVersion: v1\n")),
      `${admin} (spelling)`,
    ],
    [
      "a value in a ConfigMap, and a hash of another one",
      withData("kubelet-config", { kubelet: "maxPods: 50\n" }),
      "ConfigMap kube-system/kubelet-config > 0 > data > kubelet > maxPods",
    ],
    [
      "a signature by nobody",
      withData("cluster-info", { "jws-kubeconfig-abcdef": "e30..AAAA" }),
      "ConfigMap kube-system/cluster-info > 0 > data > jws-kubeconfig-abcdef",
    ],
    [
      "what a Secret says",
      withData("bootstrap-token-abcdef", { description: base64("x") }),
      "Secret kube-system/bootstrap-token-abcdef > 0 > data > description",
    ],
    [
      "a label",
      mapObject("cluster-info", (one) => ({ ...one, metadata: { ...one.metadata, labels: { tier: "else" } } })),
      "ConfigMap kube-system/cluster-info > 0 > metadata > labels > tier",
    ],
    ["an object besides", { objects: (objects) => void objects.push(object("ConfigMap", "x", {})) }, "ConfigMap kube-system/x"],
  ])("%s", (_what, change, place) => {
    expect(where(against(changed(change)))).toContain(place);
  });

  test("another name in a certificate", async () => {
    const found = where(against(await pictureOf("10.77.3.0/24", ["one.example"])));
    expect(found).toEqual(["/etc/kubernetes/pki/apiserver.crt"]);
  });
});

describe("the list", () => {
  const found: Difference[] = [
    { where: "/etc/a > spec > x", kubeadm: "1", kbs: "2" },
    { where: "Node /h1 > 0 > metadata", kubeadm: "1", kbs: "2" },
  ];
  test("lets pass what it names, for the cases that it names, and nothing else", () => {
    const rows = [
      { where: "/etc/a > *", cases: "all" },
      { where: "Node /* > metadata", cases: "all but flags" },
    ];
    expect(judge("defaults", found, rows)).toEqual([]);
    expect(judge("flags", found, rows)).toEqual([expect.stringContaining("not listed: Node /h1")]);
    expect(judge("names", found, [{ where: "/etc/a > *", cases: "names, flags" }])).toEqual([expect.stringContaining("not listed: Node")]);
  });

  test("fails for a row that is no longer true", () => {
    const rows = ["/etc/a*", "Node*", "/etc/b"].map((pattern) => ({ where: pattern, cases: "all" }));
    expect(judge("defaults", found, rows)).toEqual(["listed, but alike: /etc/b"]);
  });
});
