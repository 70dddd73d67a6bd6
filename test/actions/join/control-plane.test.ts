import { createPrivateKey } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { prepareControlPlane } from "../../../src/actions/join/control-plane.ts";
import { openWithToken } from "../../../src/actions/join/discover.ts";
import type { Survey } from "../../../src/actions/survey.ts";
import type { PkiFilesFact } from "../../../src/facts/index.ts";
import { publicKeyPem } from "../../../src/pki/keys.ts";
import { sharedFiles } from "../../../src/pki/shared-files.ts";
import { answer, type LocalServer, startLocalServer, status } from "../../kube/local-server.ts";
import { serveLocally } from "../../kube/serve.ts";
import { cluster as demo, host } from "../../templates/cluster.ts";
import { list } from "../api.ts";
import { foundAt } from "../found.ts";
import { options } from "../options.ts";

const pods = "/api/v1/namespaces/kube-system/pods";
const cluster = {
  ...demo,
  hosts: [{ ...host("cp2", "10.0.0.12", ["control-plane"]), local: true }],
  // Quickly made.
  kubernetes: { ...demo.kubernetes, encryptionAlgorithm: "ECDSA-P256" },
};
const { signal } = new AbortController();

const api = serveLocally((here) => openWithToken(foundAt(here), signal));
let etcd: LocalServer;
/** What somebody has copied to the machine: one CA for all, as far as this test goes. */
let copied: PkiFilesFact;
/** Where the cluster's etcd serves, by its pods. */
let clientUrls: readonly string[];

beforeAll(() => {
  const { cert, key } = api.authority;
  const content = (path: string): string => {
    if (path.endsWith(".crt")) return cert;
    return path.endsWith(".pub") ? publicKeyPem(createPrivateKey(key)) : key;
  };
  copied = new Map(sharedFiles().map((path) => [path, { mode: 0o600, content: Buffer.from(content(path)) }]));
});
beforeEach(async () => {
  etcd = await startLocalServer(api.authority, "DNS:localhost");
  clientUrls = [`https://127.0.0.1:${etcd.port}`];
  api.server.handle((asked) => {
    if (!asked.path.startsWith(pods)) return answer(asked, 404, status(404, "NotFound", "not found"));
    const annotations = { "kubeadm.kubernetes.io/etcd.advertise-client-urls": clientUrls.join(",") };
    answer(asked, 200, clientUrls.length === 0 ? list() : list({ metadata: { name: "etcd-cp1", annotations } }));
  });
});
afterEach(() => etcd.close());

const cp1 = { ID: "11", name: "cp1", peerURLs: ["https://10.0.0.11:2380"], clientURLs: ["https://10.0.0.11:2379"] };
const serve = (...members: readonly object[]): void => etcd.handle((asked) => answer(asked, 200, { header: { member_id: "11" }, members }));

const prepare = (pkiFound = copied, wished = cluster, etcdData: ReadonlySet<string> = new Set()) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is asked for
  const survey = { cluster: wished, pkiFound: new Map([["cp2", pkiFound]]), facts: new Map(), etcdData } as unknown as Survey;
  return prepareControlPlane({ found: foundAt(api), kube: api.kube, survey }, {}, options({ signal }));
};

describe("one more control plane, before anything is changed", () => {
  test("has all of its files in memory, the shared ones as they were copied, and asks etcd as its member to be", async () => {
    serve(cp1);
    const ready = await prepare();
    const paths = ready.files.map(({ path }) => path);
    for (const name of ["admin.conf", "kubelet.conf", "pki/apiserver.crt", "pki/etcd/peer.crt"])
      expect(paths).toContain(`/etc/kubernetes/${name}`);
    expect(paths).not.toContain("/etc/kubernetes/super-admin.conf");
    expect(ready.shared.map(({ path }) => path).toSorted()).toEqual(sharedFiles().toSorted());
    expect(ready.shared.every(({ reason }) => reason === undefined)).toBe(true);
    expect((await ready.etcd?.members())?.map(({ name }) => name)).toEqual(["cp1"]);
    ready.close();
  });

  test("lacks files that nobody has copied, and is told which", async () => {
    const rest = new Map([...copied].filter(([path]) => !path.endsWith("sa.key")));
    await expect(prepare(rest)).rejects.toMatchObject({
      exit: "preflight",
      message: expect.stringContaining("/etc/kubernetes/pki/sa.key"),
    });
  });

  test("logs in to an etcd that others run by their files, makes none of etcd's, and asks nobody about members", async () => {
    const login = { caFile: "/etc/etcd/ca.crt", certFile: "/etc/etcd/client.crt", keyFile: "/etc/etcd/client.key" };
    const external = { endpoints: ["https://10.0.0.31:2379"], ...login };
    const content = Buffer.from(api.authority.cert);
    const own = [...copied].filter(([path]) => !path.includes("/etcd/"));
    const theirs = Object.values(login).map((path) => [path, { mode: 0o600, content }] as const);
    const ready = await prepare(new Map([...own, ...theirs]), { ...cluster, etcd: { ...cluster.etcd, mode: "external", external } });
    const paths = ready.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(Object.values(login)));
    expect(paths.filter((path) => path.includes("pki/etcd/") || path.includes("apiserver-etcd-client"))).toEqual([]);
    expect([ready.etcd, etcd.asked.length]).toEqual([undefined, 0]);
    ready.close();
    await expect(prepare(new Map(own), { ...cluster, etcd: { ...cluster.etcd, mode: "external", external } })).rejects.toThrow(
      "this machine lacks what control planes share: /etc/etcd/ca.crt",
    );
  });

  test("is refused where the cluster shows no etcd, or none that can agree", async () => {
    serve(cp1);
    clientUrls = [];
    await expect(prepare()).rejects.toMatchObject({
      exit: "phase",
      message: expect.stringContaining("shows no etcd that could be joined"),
    });
    clientUrls = [`https://127.0.0.1:${etcd.port}`];
    etcd.handle((asked) => answer(asked, 400, { code: 9, message: "etcdserver: not capable" }));
    await expect(prepare()).rejects.toMatchObject({
      exit: "phase",
      message: expect.stringContaining("none of its members answers for a majority"),
      details: { hint: expect.stringContaining("2379 and 2380") },
    });
  });

  test("that holds data of a member which etcd does not know is refused", async () => {
    serve(cp1);
    await expect(prepare(copied, cluster, new Set(["cp2"]))).rejects.toMatchObject({ exit: "preflight" });
  });

  test("whose name etcd knows by another address is told both", async () => {
    serve(cp1, { ID: "22", name: "cp2", peerURLs: ["https://10.0.0.99:2380"], clientURLs: [] });
    await expect(prepare()).rejects.toMatchObject({
      exit: "preflight",
      message: "etcd has a member cp2 at https://10.0.0.99:2380, not at https://10.0.0.12:2380",
      details: { hint: expect.stringContaining("--node-name") },
    });
  });
});
