import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatProblems, loadConfig } from "../../src/config/load.ts";
import { UserError } from "../../src/shared/errors.ts";
import { failure, load, minimal } from "./read.ts";
import { tell } from "./tell.ts";

const good = join(import.meta.dirname, "good");
const folder = mkdtempSync(join(tmpdir(), "kbs-config-"));
const written = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

const host = (rest: string): string => `    - { address: ${rest} }\n`;

describe("what is read", () => {
  test.each(readdirSync(good))("%s is accepted without a warning", async (name) => {
    const { warnings } = await loadConfig(join(good, name), { env: { NODE_USER: "ops", NODE_PORT: "2222" } });
    expect(warnings.map(tell)).toEqual([]);
  });

  test("the least file gets every default", async () => {
    const { cluster } = await load(minimal());
    expect(cluster).toEqual({
      name: "demo",
      source: "-",
      hosts: [
        {
          name: "n1",
          address: "10.0.0.11",
          internalAddress: "10.0.0.11",
          roles: ["control-plane", "worker"],
          labels: {},
          taints: [],
          local: false,
          ssh: { agent: true, connectTimeout: 15, keepAliveInterval: 15 },
        },
      ],
      controlPlaneEndpoint: { host: "10.0.0.11", port: 6443 },
      loadBalancer: "none",
      kubernetes: {
        version: "v1.36.3",
        clusterName: "kubernetes",
        podSubnet: "10.244.0.0/16",
        serviceSubnet: "10.96.0.0/12",
        dnsDomain: "cluster.local",
        proxyMode: "iptables",
        encryptionAlgorithm: "RSA-2048",
        certificateValidity: { leaf: 8760 * 3600, ca: 87_600 * 3600 },
        apiServer: { extraArgs: [], certSANs: [], bindPort: 6443 },
        controllerManager: { extraArgs: [] },
        scheduler: { extraArgs: [] },
        kubelet: {},
        kubeProxy: {},
      },
      runtime: { name: "containerd", config: {} },
      etcd: { mode: "stacked", dataDir: "/var/lib/etcd", extraArgs: [], serverCertSANs: [], peerCertSANs: [] },
      network: { plugin: "flannel", flannel: { backend: "vxlan", directRouting: false } },
      supply: { mirrors: {}, imageRepository: "registry.k8s.io", zone: "" },
      addons: [],
    });
  });

  test.each([
    ["1.36", "v1.36.3"],
    ["1.35", "v1.35.4"],
    ['"v1.37"', "v1.37.0"],
    ["1.36.1", "v1.36.1"],
    ["v1.37.0-rc.1", "v1.37.0-rc.1"],
  ])("version %s is %s", async (text, version) => {
    const { cluster } = await load(minimal(`  kubernetes: { version: ${text} }`));
    expect(cluster.kubernetes.version).toBe(version);
  });

  test("numbers and booleans are taken as written where a text is wanted", async () => {
    const more = "  kubernetes: { apiServer: { extraArgs: { v: 1.50, profiling: false, hex: 0x10 } } }";
    const { cluster } = await load(minimal(more));
    expect(cluster.kubernetes.apiServer.extraArgs).toEqual([
      { name: "v", value: "1.50" },
      { name: "profiling", value: "false" },
      { name: "hex", value: "0x10" },
    ]);
  });

  test.each(["K8S.Example.com:6443", "{ host: K8S.Example.com }"])("the endpoint %s is the same name without capitals", async (text) => {
    const { cluster } = await load(minimal(`  controlPlaneEndpoint: ${text}\n`));
    expect(cluster.controlPlaneEndpoint).toEqual({ host: "k8s.example.com", port: 6443 });
  });

  test("a flag may be listed more than once", async () => {
    const more = "  kubernetes: { scheduler: { extraArgs: [{ name: vmodule, value: a=1 }, { name: vmodule, value: b=2 }] } }";
    const { cluster } = await load(minimal(more));
    expect(cluster.kubernetes.scheduler.extraArgs.map(({ value }) => value)).toEqual(["a=1", "b=2"]);
  });

  test("a control plane carries the taint unless it is a worker or taints are written", async () => {
    const text = minimal().replace(
      /hosts: .*\n/,
      `hosts:\n${host("10.0.0.1, name: a, roles: [control-plane]")}${host("10.0.0.2, name: b, roles: [worker], taints: [x:NoExecute]")}${host("10.0.0.3, name: c, roles: [worker]")}`,
    );
    const { cluster } = await load(text);
    expect(cluster.hosts.map(({ taints }) => taints)).toEqual([
      [{ key: "node-role.kubernetes.io/control-plane", value: "", effect: "NoSchedule" }],
      [{ key: "x", value: "", effect: "NoExecute" }],
      [],
    ]);
    const open = await load(text.replace("[control-plane]", "[control-plane], taints: []"));
    expect(open.cluster.hosts[0]?.taints).toEqual([]);
  });

  test("a host's log-in lies over the defaults, jump hosts are read in both forms", async () => {
    const text = minimal('  ssh: { user: ops, port: 22, identityFile: ~/key, jumpHosts: ["a@b1:23", { host: b2, user: c }] }').replace(
      "roles:",
      "ssh: { port: 2222 }, roles:",
    );
    const { cluster } = await load(text);
    expect(cluster.hosts[0]?.ssh).toMatchObject({
      user: "ops",
      port: 2222,
      identityFile: join(homedir(), "key"),
      jumpHosts: [
        { user: "a", host: "b1", port: 23 },
        { host: "b2", user: "c" },
      ],
    });
  });

  test("relative paths start at the folder of the file", async () => {
    const path = written("relative.yaml", minimal("  ssh: { identityFile: keys/id }\n  supply: { bundle: ./b.tar }"));
    const { cluster } = await loadConfig(path);
    expect(cluster.hosts[0]?.ssh.identityFile).toBe(join(folder, "keys/id"));
    expect(cluster.supply.bundle).toBe(join(folder, "b.tar"));
  });

  test("anchors and merge keys are read, and problems in them have their place", async () => {
    const text = `apiVersion: kbs/v1
kind: Cluster
metadata: { name: demo }
spec:
  hosts:
    - &first { name: n1, address: 10.0.0.11, roles: [control-plane, worker], labels: &l { disk: "a b" } }
    - { <<: *first, name: n2, address: 10.0.0.12, roles: [worker] }
`;
    const { problems } = await failure(text);
    expect(problems.map(({ line, column, path }) => [line, column, path])).toEqual([
      [6, 97, "spec.hosts[0].labels.disk"],
      [6, 97, "spec.hosts[1].labels.disk"],
    ]);
  });

  test("host bits in a subnet are dropped with a warning", async () => {
    const { cluster, warnings } = await load(minimal("  kubernetes: { podSubnet: 10.244.3.1/16 }"));
    expect(cluster.kubernetes.podSubnet).toBe("10.244.0.0/16");
    expect(warnings.map(({ hint }) => hint)).toEqual(["it is taken as 10.244.0.0/16"]);
  });

  test.each([
    ["kubernetes: { proxyMode: ipvs }", "ipvs is deprecated"],
    ["kubernetes: { proxyMode: none }", "nothing serves Services"],
    ["kubernetes: { kubelet: { clusterDNS: [10.96.0.11] } }", "is not what kbs uses"],
    ["kubernetes: { kubelet: { serverTLSBootstrap: true } }", "is not what kbs uses"],
    ["kubernetes: { kubelet: { authentication: { anonymous: { enabled: true } } } }", "is not what kbs uses"],
    ["kubernetes: { certificateValidityPeriod: 90000h }", "outlive the authority"],
    ["network: { plugin: none, flannel: { mtu: 1400 } }", "is not used"],
  ])("%s is accepted with a warning", async (more, words) => {
    const { warnings } = await load(minimal(`  ${more}`));
    expect(warnings.map(({ message }) => message).join()).toContain(words);
    expect(warnings).toHaveLength(1);
  });
});

describe("what cannot be read is told in one sentence", () => {
  mkdirSync(join(folder, "directory.yaml"), { recursive: true });
  test.each([
    ["missing.yaml", "there is no such file"],
    ["directory.yaml", "it is a folder, not a file"],
  ])("%s", async (name, words) => {
    const outcome = loadConfig(join(folder, name));
    await expect(outcome).rejects.toBeInstanceOf(UserError);
    await expect(outcome).rejects.toThrow(words);
  });

  test("a text that is nested without end", async () => {
    const { problems } = await failure(`a: ${"[".repeat(5000)}`);
    expect(problems[0]?.message).toBe("it is nested too deeply");
  });

  test("more than 16 MiB", async () => {
    await expect(load("#".repeat(16 * 1024 * 1024 + 1))).rejects.toThrow("is larger than 16 MiB");
  });
});

describe("how problems are shown", () => {
  test("with file, line, column, path, sentence, the line with a caret, and a hint", async () => {
    const { problems, exit, message } = await failure(minimal("  addons: [{ name: dashbord }]"));
    expect(exit).toBe("usage");
    expect(formatProblems(problems, { color: false })).toBe(message);
    expect(message.split("\n")).toEqual([
      '<stdin>:6:20: error: spec.addons[0].name: there is no add-on "dashbord"',
      "    6 |   addons: [{ name: dashbord }]",
      "      |                    ^",
      '      hint: did you mean "dashboard"?',
    ]);
  });

  test("in colour only when asked", async () => {
    const { problems } = await failure(minimal("  addon: []"));
    expect(formatProblems(problems, { color: true })).toContain("\u001b[31merror:");
    expect(formatProblems(problems, { color: false })).not.toContain("\u001b");
  });

  test("a long line is cut around the caret, and control characters are not shown", async () => {
    const long = `{"apiVersion":"kbs/v1","kind":"Cluster","metadata":{"name":"demo"},"spec":{"hosts":[{"name":"\u0007 n1","address":"10.0.0.11","roles":["control-plane","worker"]}],"addons":[{"name":"dashbord"}]}}`;
    const { message } = await failure(long);
    expect(message.split("\n").filter((line) => line.length > 240)).toEqual([]);
    expect(message).not.toContain("\u0007");
    expect(message).toContain('"name":"dashbord"');
  });
});
