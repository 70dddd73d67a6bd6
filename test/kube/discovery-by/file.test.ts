import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { discoverByFile, type FileDiscovery } from "../../../src/kube/discovery-by/file.ts";
import { renderClusterInfo, renderKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { makeCa, serve, type TestCa, type TestServer } from "./cluster.ts";

let ca: TestCa;
let server: TestServer;
let folder: string;
beforeAll(async () => {
  ca = await makeCa();
  folder = await mkdtemp(join(tmpdir(), "kbs-discovery-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  server = await serve(await ca.issue(["kubernetes", "127.0.0.1"]));
});
afterEach(() => server.close());

const url = (): string => `https://127.0.0.1:${server.port}`;
const written = async (content: string): Promise<string> => {
  const path = join(folder, "discovery.conf");
  await writeFile(path, content);
  return path;
};
const discover = (input: Partial<FileDiscovery> & { readonly place: string }) =>
  discoverByFile(
    { token: undefined, ...input },
    { signal: new AbortController().signal, waiting: () => undefined, timeout: 300, every: 20 },
  );

const withToken = (): string =>
  renderKubeconfig({ clusterName: "c", server: url(), caPem: ca.pem, user: "u", credentials: { token: "file-token" } });

test("a kubeconfig with a token is all that is needed", async () => {
  const found = await discover({ place: await written(withToken()) });
  expect(found).toEqual({ endpoint: { host: "127.0.0.1", port: server.port }, ca: ca.pem, localAddress: "127.0.0.1", token: "file-token" });
});

test("a kubeconfig without credentials needs a token beside it, and one that is named goes before the file's own", async () => {
  const place = await written(renderClusterInfo(url(), ca.pem));
  await expect(discover({ place })).rejects.toThrow("has no token to log in with");
  await expect(discover({ place, token: "abcdef.0123456789abcdef" })).resolves.toMatchObject({ token: "abcdef.0123456789abcdef" });
  await expect(discover({ place: await written(withToken()), token: "abcdef.0123456789abcdef" })).resolves.toMatchObject({
    token: "abcdef.0123456789abcdef",
  });
});

test("the CA and the token may stand in files beside it", async () => {
  await writeFile(join(folder, "my-ca.crt"), ca.pem);
  await writeFile(join(folder, "my-token"), "token-of-a-file\n");
  const place = await written(
    JSON.stringify({
      kind: "Config",
      clusters: [{ name: "c", cluster: { server: url(), "certificate-authority": "my-ca.crt" } }],
      users: [{ name: "u", user: { tokenFile: "my-token" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  await expect(discover({ place: pathToFileURL(place).href })).resolves.toMatchObject({ ca: ca.pem.trim(), token: "token-of-a-file" });
});

test("credentials that kbs does not join by are named", async () => {
  const credentials = { certificatePem: ca.pem, keyPem: "-----BEGIN KEY-----\nabc\n-----END KEY-----\n" };
  const place = await written(renderKubeconfig({ clusterName: "c", server: url(), caPem: ca.pem, user: "u", credentials }));
  await expect(discover({ place })).rejects.toThrow("but client-certificate-data, which kbs does not join by");
});

test.each([
  ["no kubeconfig", "hello", "is no kubeconfig"],
  ["no YAML", "a: [", "is no kubeconfig"],
  ["no cluster", "kind: Config\n", "is no kubeconfig with a cluster"],
  ["no CA", "kind: Config\nclusters: [{name: '', cluster: {server: 'https://127.0.0.1:1'}}]\n", "holds no CA certificate"],
])("%s is told as that", async (_, content, words) => {
  await expect(discover({ place: await written(content), token: "t" })).rejects.toThrow(words);
});

test("a file that is not there, and an address that is no https, are refused", async () => {
  await expect(discover({ place: join(folder, "nothing") })).rejects.toThrow(/^--discovery-file .*nothing cannot be read: ENOENT/);
  await expect(discover({ place: "http://127.0.0.1/c.conf" })).rejects.toThrow("only https is trusted to bring a kubeconfig");
});

test("a server with another CA is told from the cluster", async () => {
  const other = await makeCa();
  const place = await written(renderClusterInfo(url(), other.pem));
  await expect(discover({ place, token: "t" })).rejects.toThrow("does not have a certificate of the cluster's CA");
});

test("a kubeconfig is fetched by https from a server that is trusted, and from no other", async () => {
  const pair = await ca.issue(["localhost"]);
  let code = 200;
  const web = createServer(pair, (_, response) => response.writeHead(code).end(withToken())).listen(0, "127.0.0.1");
  await once(web, "listening");
  const address = web.address();
  const place = `https://localhost:${address !== null && typeof address === "object" ? address.port : 0}/c.conf`;
  try {
    await expect(discover({ place, ca: [ca.pem] })).resolves.toMatchObject({ token: "file-token" });
    await expect(discover({ place })).rejects.toThrow("cannot be read: unable to verify the first certificate");
    code = 404;
    await expect(discover({ place, ca: [ca.pem] })).rejects.toThrow("it answered 404, not 200");
  } finally {
    web.closeAllConnections();
    web.close();
  }
});
