import { describe, expect, test } from "vitest";
import { readKubeconfig, renderBootstrapKubeconfig, renderClusterInfo, renderKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { secrets } from "../../../src/shared/secrets.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const content = {
  clusterName: "kubernetes",
  server: "https://10.0.0.11:6443",
  caPem: "the CA",
  user: "system:node:cp1",
  credentials: { certificatePem: "the certificate", keyPem: "the private key" },
};

describe("a kubeconfig", () => {
  test("is written as Kubernetes' own tools write it", () => {
    expect(renderKubeconfig(content)).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64("the CA")}
    server: https://10.0.0.11:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: system:node:cp1
  name: system:node:cp1@kubernetes
current-context: system:node:cp1@kubernetes
kind: Config
users:
- name: system:node:cp1
  user:
    client-certificate-data: ${base64("the certificate")}
    client-key-data: ${base64("the private key")}
`);
  });

  test("keeps long contents on one line", () => {
    expect(renderKubeconfig({ ...content, caPem: "x".repeat(5000) })).toContain(
      `certificate-authority-data: ${base64("x".repeat(5000))}\n`,
    );
  });

  test.each(["yes", "on", "null", "1e3", "0x1f", "2026-01-01", "a: b", "- a", "#a", "true"])(
    "of a cluster called %s says so as a text",
    (clusterName) => {
      const text = renderKubeconfig({ ...content, clusterName });
      expect(text).toMatch(new RegExp(`^ {2}name: (["']).*\\1$`, "m"));
      expect(readKubeconfig(text)?.server).toBe(content.server);
    },
  );

  test("is read back", () => {
    expect(readKubeconfig(renderKubeconfig(content))).toEqual({
      server: content.server,
      clusterName: content.clusterName,
      ca: "the CA",
      clientCertificate: "the certificate",
      clientKey: "the private key",
    });
  });

  test("that a kubelet wrote is read by its current context, among others", () => {
    const text = `
apiVersion: v1
kind: Config
current-context: default-context
clusters: [{name: other, cluster: {server: "https://other"}}, {name: default-cluster, cluster: {server: "https://10.0.0.11:6443", certificate-authority-data: ${base64("CA")}}}]
contexts: [{name: default-context, context: {cluster: default-cluster, namespace: default, user: default-auth}}]
users: [{name: default-auth, user: {client-certificate: /a.pem, client-key: /a.pem}}]
`;
    expect(readKubeconfig(text)).toEqual({
      server: "https://10.0.0.11:6443",
      clusterName: "default-cluster",
      ca: "CA",
      clientCertificateFile: "/a.pem",
    });
  });

  test.each([
    "",
    "}",
    "a: [",
    "[]",
    "kind: Config",
    "clusters: null\ncurrent-context: a\n",
    "clusters: [{name: a}]\ncontexts: [{name: a, context: {cluster: b}}]\ncurrent-context: a",
    "&a [*a]",
  ])("is not %j", (text) => {
    expect(readKubeconfig(text)).toBeUndefined();
  });

  test("hands its secrets to the register, written or read", () => {
    renderKubeconfig({ ...content, credentials: { token: "written token" } });
    readKubeconfig(
      renderKubeconfig(content).replace(
        /client-key-data: .*/,
        `client-key-data: ${base64("a key that was read")}\n    token: a token that was read`,
      ),
    );
    expect(secrets.mask("written token, a key that was read, a token that was read")).toBe("***, ***, ***");
    expect(secrets.mask(base64("a key that was read"))).toBe("***");
  });
});

test("bootstrap-kubelet.conf holds the token under kubeadm's names, whatever the cluster is called", () => {
  const text = renderBootstrapKubeconfig("prod", "https://10.0.0.11:6443", "the CA", "abcdef.0123456789abcdef");
  expect(text.slice(text.indexOf("  name: prod"))).toBe(`  name: prod
contexts:
- context:
    cluster: prod
    user: tls-bootstrap-token-user
  name: tls-bootstrap-token-user@kubernetes
current-context: tls-bootstrap-token-user@kubernetes
kind: Config
users:
- name: tls-bootstrap-token-user
  user:
    token: abcdef.0123456789abcdef
`);
});

test("cluster-info holds a server and its CA and nobody's credentials", () => {
  expect(renderClusterInfo("https://10.0.0.11:6443", "the CA")).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64("the CA")}
    server: https://10.0.0.11:6443
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`);
});
