import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { createServer, type Server, type TlsOptions } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { checkExpiration } from "../../../src/actions/certs/check.ts";
import type { CertsOptions } from "../../../src/actions/certs/look-at.ts";
import type { Host } from "../../../src/changes/host.ts";
import { shellHost } from "../../../src/host/shell-host.ts";
import type { PkiFile } from "../../../src/pki/issue.ts";
import {
  etcdPod,
  kubeApiserverPod,
  kubeControllerManagerPod,
  kubeSchedulerPod,
  staticPodManifest,
} from "../../../src/templates/static-pods/index.ts";
import { describeReal } from "../../host/ssh/real.ts";
import { issue, now, textOf } from "../../pki/support.ts";
import { plainTransport, type Sandbox, startSandbox } from "../../support/sandbox.ts";
import { cluster, cp1 } from "../../templates/cluster.ts";
import { options } from "../options.ts";

// A machine with the files of a control plane, read by the real script; behind its ports are TLS servers of this test.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const day = 24 * 3600 * 1000;

describeReal("the certificates of a control plane", () => {
  let sandbox: Sandbox;
  let files: readonly PkiFile[];
  const servers = new Map<string, Server>();

  const serve = async (address: string, tls: TlsOptions): Promise<void> => {
    const server = createServer(tls, (socket) => void socket.on("error", () => undefined));
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.get(address)?.close();
    servers.set(address, server);
  };

  const door = (): Host => ({
    ...shellHost(plainTransport("sandbox", sandbox)),
    name: "cp1",
    dial: async (address, port) => {
      const found = servers.get(`${address}:${port}`)?.address();
      if (typeof found !== "object" || found === null) throw new Error("connection refused");
      return connectTcp(found.port, "127.0.0.1");
    },
  });

  const check = (changes: Partial<CertsOptions> = {}) =>
    checkExpiration({
      ...options({ connect: async () => ({ host: door(), counts: { channels: 0, bytesSent: 0, bytesReceived: 0 } }) }),
      here: true,
      isRoot: true,
      ...changes,
    });

  const put = async (path: string, content: string): Promise<void> => {
    const child = sandbox.spawn(["sh", "-c", `mkdir -p "\${1%/*}" && cat >"$1"`, "sh", path]);
    child.stdin.end(content);
    await once(child, "close");
  };

  const pairOf = (base: string): TlsOptions => ({ cert: textOf(files, `${base}.crt`), key: textOf(files, `${base}.key`) });

  beforeAll(async () => {
    sandbox = await startSandbox();
    files = await issue();
    const input = { cluster, node: cp1, image: "image:1", caDirectories: [] };
    for (const pod of [etcdPod(input), kubeApiserverPod(input), kubeControllerManagerPod(input), kubeSchedulerPod(input)]) {
      const { path, content } = staticPodManifest(pod);
      await put(path, content);
    }
    await put("/var/lib/kubelet/config.yaml", "address: 0.0.0.0\nkind: KubeletConfiguration\n");
    const { cert } = pairOf("front-proxy-client");
    await put("/var/lib/kubelet/pki/kubelet.crt", String(cert));
  });
  beforeEach(async () => {
    for (const { path, content } of files) await put(path, content.toString());
    const etcd = { ca: textOf(files, "etcd/ca.crt"), requestCert: true, rejectUnauthorized: true };
    await serve("127.0.0.1:6443", pairOf("apiserver"));
    await serve("127.0.0.1:2379", { ...pairOf("etcd/server"), ...etcd });
    await serve("10.0.0.11:2380", { ...pairOf("etcd/peer"), ...etcd, maxVersion: "TLSv1.2" });
    await serve("127.0.0.1:10250", pairOf("front-proxy-client"));
    await serve("127.0.0.1:10257", pairOf("apiserver-kubelet-client"));
    await serve("127.0.0.1:10259", pairOf("apiserver-kubelet-client"));
  });
  afterEach(() => {
    for (const server of servers.values()) server.close();
    servers.clear();
  });
  afterAll(() => sandbox.stop());

  test("are those on disk, and those on the wire are the same", async () => {
    const { outcome, hosts, problems } = await check();
    expect(problems).toEqual([]);
    expect(outcome.exit).toBe("done");
    const [{ certificates, authorities, served } = { certificates: [], authorities: [], served: [] }] = hosts;
    expect([...certificates, ...authorities].filter(({ expires }) => expires === undefined)).toEqual([]);
    expect(served.map(({ component, address, signedBy, loaded }) => [component, address, signedBy, loaded])).toEqual([
      ["kube-apiserver", "127.0.0.1:6443", "ca", true],
      ["etcd", "127.0.0.1:2379", "etcd-ca", true],
      ["etcd (peers)", "10.0.0.11:2380", "etcd-ca", true],
      ["kubelet", "127.0.0.1:10250", "front-proxy-ca", true],
      ["kube-controller-manager", "127.0.0.1:10257", "ca", undefined],
      ["kube-scheduler", "127.0.0.1:10259", "ca", undefined],
    ]);
  });

  test("name the component that has not loaded its renewed file", async () => {
    const renewed = await issue({
      now: new Date(now.getTime() + 30 * day),
      existing: new Map(files.filter(({ path }) => !/etcd\/server/.test(path)).map(({ path, content }) => [path, content])),
    });
    await put("/etc/kubernetes/pki/etcd/server.crt", textOf(renewed, "etcd/server.crt"));
    const { outcome, hosts, problems } = await check();
    expect(outcome.exit).toBe("phase");
    expect(problems).toEqual([
      expect.stringMatching(
        /^etcd presents a certificate that ends \S+ \S+, but \/etc\/kubernetes\/pki\/etcd\/server\.crt holds one that ends \S+ \S+: it has not loaded the file$/,
      ),
    ]);
    expect(hosts[0]?.served.filter(({ loaded }) => loaded === false).map(({ component }) => component)).toEqual(["etcd"]);
  });

  test("name a component that is silent, and one that presents an expired certificate", async () => {
    servers.get("127.0.0.1:10259")?.close();
    servers.delete("127.0.0.1:10259");
    const old = await issue({ now: new Date(now.getTime() - 800 * day) });
    await serve("127.0.0.1:6443", { cert: textOf(old, "apiserver.crt"), key: textOf(old, "apiserver.key") });
    const { outcome, problems } = await check();
    expect(outcome.exit).toBe("phase");
    expect(problems).toEqual([
      expect.stringContaining("kube-apiserver presents a certificate that ends"),
      "kube-scheduler does not answer at 127.0.0.1:10259: connection refused",
      "kube-apiserver presents an expired certificate",
    ]);
  });

  test("say nothing of an expired one that a component has made for itself, as a kubelet does once for a year", async () => {
    const old = await issue({ now: new Date(now.getTime() - 800 * day) });
    await serve("127.0.0.1:10257", { cert: textOf(old, "apiserver.crt"), key: textOf(old, "apiserver.key") });
    const { hosts, problems } = await check();
    const shown = hosts.flatMap(({ served }) => served).find(({ component }) => component === "kube-controller-manager");
    expect(Number(shown?.expires)).toBeLessThan(now.getTime());
    expect(problems.filter((text) => text.includes("kube-controller-manager"))).toEqual([]);
  });

  describe("on a machine that is no control plane", () => {
    test("are not there, which is said", async () => {
      const kept = sandbox;
      sandbox = await startSandbox();
      try {
        await expect(check()).rejects.toThrow("there is no control plane here: nothing is below /etc/kubernetes/pki");
      } finally {
        await sandbox.stop();
        sandbox = kept;
      }
    });
  });
});
