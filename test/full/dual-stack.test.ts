import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringImage } from "../../scripts/demo/image.ts";
import { addressFamily } from "../../src/shared/ip.ts";
import { type Lab, type LabHost, labBundle, startLab, webImage } from "../lab/index.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { hostOf } from "../support/nth-host.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { changesOf } from "../support/settle.ts";

// A control plane and a worker that have both families, as a cluster of both in either order, and as one of IPv6 alone.

const must = async (host: LabHost, script: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(script, { timeout: 150_000, ...(input !== undefined && { input }) });
  expect({ script, code, stderr }).toMatchObject({ script, code: 0 });
  return stdout;
};

/** What of a host has to do with IPv6 and is not looked at elsewhere. */
const ipv6Script = `ip -6 -o route show table all | grep -v ' dev host0 '; ip -6 -o address show; ip -6 rule
grep -H '' /proc/sys/net/ipv6/conf/*/forwarding`;

/** Of addresses, how long they are valid changes by the second. */
const ipv6Of = async (host: LabHost): Promise<string> => (await must(host, ipv6Script)).replaceAll(/\s+valid_lft .*/g, "");

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly clusterIP?: string };
    readonly status: {
      readonly addresses?: readonly { readonly type: string; readonly address: string }[];
      readonly podIPs?: readonly { readonly ip: string }[];
    };
  }[];
}

const serverOn = (name: string, nodeName: string): unknown => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: name } },
  spec: {
    nodeName,
    tolerations: [{ operator: "Exists" }],
    containers: [
      {
        name: "web",
        image: webImage,
        args: ["netexec", "--http-port=8080"],
        readinessProbe: { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 },
      },
    ],
  },
});

const serviceOf = (family: number): unknown => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: `web-${family}` },
  spec: {
    selector: { app: "web" },
    ipFamilyPolicy: "SingleStack",
    ipFamilies: [`IPv${family}`],
    ports: [{ port: 80, targetPort: 8080 }],
  },
});

const familiesOf = (addresses: readonly string[]): readonly (number | undefined)[] => addresses.map(addressFamily);

const inUrl = (address: string): string => (address.includes(":") ? `[${address}]` : address);

describe.each([
  { name: "IPv4 and IPv6", families: [4, 6] as const },
  { name: "IPv6 and IPv4", families: [6, 4] as const },
  { name: "IPv6 alone", families: [6] as const },
])("a cluster of $name", ({ families }) => {
  let lab: Lab;
  let operator: Operator;
  let before: Found;
  let ipv6Before: readonly string[];

  const first = (): LabHost => hostOf(lab, 0);
  const kubectl = (line: string, input?: string): Promise<string> =>
    must(first(), `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`, input);
  const list = async (what: string): Promise<Listed["items"]> => {
    const found: Listed = JSON.parse(await kubectl(`get ${what} -o json`));
    return found.items;
  };

  beforeAll(async () => {
    lab = await startLab({ hosts: 2, ipv6: true });
    operator = await operatorOf(lab, { families });
    before = await asFound(lab.hosts);
    ipv6Before = await Promise.all(lab.hosts.map(ipv6Of));
  });
  afterAll(async () => {
    await operator?.leave();
    await lab?.stop();
  });

  test("is made, and its nodes are known by the addresses of the file, in its order", async () => {
    const { code, stderr } = await operator.start(operator.create).ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const nodes = (await list("nodes")).map(({ status: { addresses = [] } }) =>
      addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address),
    );
    expect(nodes).toEqual(lab.hosts.map(({ address, ipv6 }) => families.map((family) => (family === 4 ? address : ipv6))));
  });

  test("gives each pod an address of each family, by which the other node reaches it", async () => {
    await bringImage(lab, await labBundle(), () => undefined);
    const items = [serverOn("web", "h2"), serverOn("ask", "h1"), ...families.map(serviceOf)];
    await kubectl("apply -f -", JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await kubectl("wait pod --all --for=condition=Ready --timeout=120s");
    for (const { metadata, status } of await list("pods")) {
      const addresses = (status.podIPs ?? []).map(({ ip }) => ip);
      expect([metadata.name, ...familiesOf(addresses)]).toEqual([metadata.name, ...families]);
      for (const address of addresses)
        expect(await must(first(), `curl -sS --max-time 20 http://${inUrl(address)}:8080/hostname`)).toBe(metadata.name);
    }
  });

  /** A pod on h1 asks a host, which is an address or a name. */
  const asked = async (host: string): Promise<unknown> => {
    const question = new URLSearchParams({ host, port: "80", request: "hostname", protocol: "http", tries: "1" });
    return JSON.parse(await kubectl(`get --raw '/api/v1/namespaces/default/pods/ask:8080/proxy/dial?${question.toString()}'`));
  };

  test("has Services of each family, which answer to the other node and to its pods, by address and by name", async () => {
    const services = (await list("services")).filter(({ metadata }) => metadata.name.startsWith("web-"));
    expect(new Set(familiesOf(services.map(({ spec }) => spec.clusterIP ?? "")))).toEqual(new Set(families));
    for (const { metadata, spec } of services) {
      const address = spec.clusterIP ?? "";
      expect(await must(first(), `curl -sS --retry 20 --retry-all-errors --max-time 60 http://${inUrl(address)}/hostname`)).toBe("web");
      const answer = { timeout: 60_000, interval: 1000 };
      await expect.poll(() => asked(address), answer).toEqual({ responses: ["web"] });
      await expect.poll(() => asked(`${metadata.name}.default.svc.cluster.local`), answer).toEqual({ responses: ["web"] });
    }
  });

  test("is as wished: a second run changes nothing, and what is asked of it answers", async () => {
    const again = await operator.start([...operator.create, "-o", "json"]).ended;
    expect({ code: again.code, changed: changesOf(again) }).toEqual({ code: 0, changed: 0 });
    for (const asked of [["status"], ["certs", "check-expiration"]]) {
      const { code, stdout, stderr } = await operator.start([...asked, "-f", "c.yaml"]).ended;
      expect(code, `${asked.join(" ")}: ${stdout}${stderr}`).toBe(0);
    }
    // A busy machine's disk may be slow for etcd, which is a finding; that etcd says so shows that it was asked.
    const { stdout } = await operator.start(["diagnose", "-f", "c.yaml"]).ended;
    for (const { name } of lab.hosts) expect(stdout).toMatch(new RegExp(`^${name} +yes +active +active +Ready`, "m"));
  });

  test("leaves nothing behind when it is deleted", async () => {
    expect(await operator.start(["delete", "cluster", "-f", "c.yaml", "--yes"]).ended).toMatchObject({ code: 0 });
    expect(sinceFound(before, await asFound(lab.hosts))).toEqual([]);
    expect(await Promise.all(lab.hosts.map(ipv6Of))).toEqual(ipv6Before);
  });
});
