import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readKubeconfig, renderKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { mergeKubeconfig } from "../../../src/pki/kubeconfig/merge.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const ofCluster = (name: string, ca = `CA of ${name}`, key = "the private key"): string =>
  renderKubeconfig({
    clusterName: name,
    server: "https://203.0.113.7:6443",
    caPem: ca,
    user: `${name}-admin`,
    context: name,
    credentials: { certificatePem: "the certificate", keyPem: key },
  });

const merge = (into: string, addition = ofCluster("demo")): string => mergeKubeconfig("~/.kube/config", into, addition);

const foreign = `# what I work with
apiVersion: v1
kind: Config
preferences: {}
clusters:
- cluster:
    certificate-authority: /home/me/prod.crt
    server: https://prod:6443 # behind the VPN
  name: prod
contexts:
- context: { cluster: prod, namespace: web, user: me }
  name: prod
current-context: prod
users:
- name: me
  user:
    # rotates in March
    token: 0123456
    username: yes
`;

describe("a cluster merged into a kubeconfig", () => {
  test("stands beside the others, and becomes the current context", () => {
    const merged = merge(foreign);
    expect(readKubeconfig(merged)).toEqual({
      clusterName: "demo",
      server: "https://203.0.113.7:6443",
      ca: "CA of demo",
      clientCertificate: "the certificate",
      clientKey: "the private key",
    });
    expect(parse(merged)).toMatchObject({ contexts: [{ name: "prod" }, { name: "demo" }], "current-context": "demo" });
  });

  test("leaves every line of the others as it was, comments and all", () => {
    const lines = new Set(merge(foreign).split("\n"));
    const lost = foreign.split("\n").filter((line) => !lines.has(line));
    expect(lost).toEqual(["current-context: prod"]);
  });

  test("is the file itself where there was none, or nothing in it", () => {
    expect(merge("")).toBe(ofCluster("demo"));
    expect(merge(" \n")).toBe(ofCluster("demo"));
  });

  test("fits into what kubectl writes when all was deleted", () => {
    const empty = 'apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: ""\nkind: Config\nusers: null\n';
    expect(parse(merge(empty))).toEqual(parse(ofCluster("demo")));
    expect(parse(merge("# nothing yet\n"))).toEqual(parse(ofCluster("demo")));
    expect(parse(merge("{}"))).toEqual(parse(ofCluster("demo")));
  });

  test("fits into one that was written as JSON", () => {
    const json = '{ "apiVersion": "v1", "kind": "Config", "clusters": [], "contexts": [], "users": [], "current-context": "" }';
    expect(parse(merge(json))).toEqual(parse(ofCluster("demo")));
  });

  test("changes nothing when it is there already, whichever context is current", () => {
    const merged = merge(foreign).replace("current-context: demo", "current-context: prod");
    expect(merge(merged)).toBe(merged);
  });

  test("takes new credentials, keeps what a person added to its entries, and leaves the current context alone", () => {
    const before = merge(foreign)
      .replace("current-context: demo", "current-context: prod")
      .replace("    user: demo-admin\n", "    user: demo-admin\n    namespace: shop\n")
      .replace(
        "    server: https://203.0.113.7:6443\n",
        "    server: https://old:6443\n    proxy-url: http://proxy:3128\n    insecure-skip-tls-verify: true\n",
      )
      .replace(`    client-key-data: ${base64("the private key")}\n`, "    client-key: /tmp/old.key\n    token: abcdef.0123456789abcdef\n");
    const merged: Record<string, { name: string }[]> = parse(merge(before, ofCluster("demo", "CA of demo", "a newer key")));
    const entry = (list: string, name: string): unknown => merged[list]?.find((candidate) => candidate.name === name);
    expect(entry("contexts", "demo")).toEqual({ name: "demo", context: { cluster: "demo", user: "demo-admin", namespace: "shop" } });
    expect(entry("clusters", "demo")).toEqual({
      name: "demo",
      cluster: { "certificate-authority-data": base64("CA of demo"), server: "https://203.0.113.7:6443", "proxy-url": "http://proxy:3128" },
    });
    expect(entry("users", "demo-admin")).toEqual({
      name: "demo-admin",
      user: { "client-certificate-data": base64("the certificate"), "client-key-data": base64("a newer key") },
    });
    expect(merged["current-context"]).toBe("prod");
  });

  test("is called by its name even where that looks like a number", () => {
    expect(parse(merge(foreign, ofCluster("123")))).toMatchObject({
      contexts: [{ name: "prod" }, { name: "123", context: { cluster: "123" } }],
      "current-context": "123",
    });
  });
});

/** With which words it is refused. */
const taken = (into: string): string => {
  try {
    return merge(into);
  } catch (error) {
    return String(error);
  }
};

describe("what is refused", () => {
  test("a cluster of the same name with another CA", () => {
    expect(taken(ofCluster("demo", "another CA"))).toContain("its cluster demo belongs to another cluster");
  });

  test("a context or user of the same name that leads to a cluster with another CA", () => {
    expect(taken(foreign.replaceAll("name: prod", "name: demo").replace("cluster: prod", "cluster: demo"))).toContain(
      "its cluster demo belongs",
    );
    const context = foreign.replace("user: me }\n  name: prod", "user: me }\n  name: demo");
    expect(taken(context)).toContain("its context demo belongs to another cluster");
    expect(taken(foreign.replaceAll("me }", "demo-admin }").replace("name: me", "name: demo-admin"))).toContain(
      "its user demo-admin belongs to another cluster",
    );
  });

  test("says what to type to make room", () => {
    expect(() => merge(ofCluster("demo", "another CA"))).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ hint: expect.stringContaining("kubectl config delete-context demo;") }),
      }),
    );
  });

  test.each([
    ["a list", "- a\n- b\n"],
    ["broken YAML", "users: [ {name: me, user: {token: topsecrettoken\n"],
    ["two documents", "a: 1\n---\nb: 2\n"],
    ["a key that stands twice", "users: []\nusers: [topsecrettoken]\n"],
  ])("%s, without a word of what it holds", (_, text) => {
    const told = taken(text);
    expect(told).toContain("~/.kube/config is no kubeconfig");
    expect(told).not.toContain("topsecrettoken");
  });
});
