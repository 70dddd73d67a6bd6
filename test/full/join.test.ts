import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { quoteAll } from "../../src/shared/quote.ts";
import { kubeadmArchives, type Lab, type LabHost, runKubeadm, startLab } from "../lab/index.ts";
import { containerdNeeds, kubeletNeeds, kubeProxyNeeds } from "../lab/kernel-needs.ts";
import { asFound, sinceFound } from "../support/as-found.ts";
import { bringKbs, kbsOn, stateFolder } from "../support/kbs-on-host.ts";
import { hostOf } from "../support/nth-host.ts";
import type { Ended } from "../support/operator.ts";

// A machine joins a cluster by kbs on the machine itself: one that kbs made, and one that kubeadm made.

const config = (spec: Readonly<Record<string, unknown>>): string =>
  stringify({ apiVersion: "kbs/v1", kind: "Cluster", metadata: { name: "demo" }, spec: { runtime: { config: containerdNeeds }, ...spec } });

/** What the machine's kernel cannot do, told as its user would. */
const own = ["--config", "own.yaml"];

const must = async (host: LabHost, script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(script, { timeout: 120_000 });
  expect({ script, code, stderr }).toMatchObject({ script, code: 0 });
  return stdout;
};

const kubectl = (host: LabHost, line: string): Promise<string> =>
  must(host, `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`);

/** The words behind `kbs join` or `kubeadm join` in what was printed. */
const joinWords = (printed: string): readonly string[] => {
  const line = printed.replaceAll("\\\n", " ").match(/join (\S+:\d+ .*--discovery-token-ca-cert-hash \S+)/)?.[1];
  if (line === undefined) throw new Error(`no line to join by in:\n${printed}`);
  return line.trim().split(/\s+/);
};

const after = (words: readonly string[], flag: string): string => words[words.indexOf(flag) + 1] ?? "";

/** That a node has what it needs shows when its own pods run. */
const expectReady = (host: LabHost, node: string): Promise<string> =>
  kubectl(host, `wait node ${node} --for=condition=Ready --timeout=110s`);

describe("a cluster that kbs made on its machine", () => {
  let lab: Lab;
  let [h1, h2]: (LabHost | undefined)[] = [];
  let words: readonly string[];
  const there = (): { readonly h1: LabHost; readonly h2: LabHost } => {
    if (!h1 || !h2) throw new Error("the lab is not up");
    return { h1, h2 };
  };
  const join2 = (...more: readonly string[]): Promise<Ended> => kbsOn(there().h2, ["join", ...words, ...own, ...more]);

  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    [h1, h2] = [hostOf(lab, 0), hostOf(lab, 1)];
    await Promise.all([bringKbs(h1), bringKbs(h2)]);
    const cluster = { kubernetes: { kubelet: kubeletNeeds, kubeProxy: kubeProxyNeeds } };
    await writeFile(join(h1.rootDirectory, "root/init.yaml"), config(cluster));
    await writeFile(join(h2.rootDirectory, "root/own.yaml"), config({}));
    const made = await kbsOn(h1, ["init", "--config", "init.yaml"]);
    if (made.code !== 0) throw new Error(made.stderr);
    words = joinWords(made.stdout);
  });
  afterAll(() => lab?.stop());

  test("a wrong hash, a wrong token and a dry run leave no trace on the machine", async () => {
    const before = await asFound([there().h2]);
    const [endpoint = "", , token = ""] = words;
    const hash = `sha256:${"0".repeat(64)}`;
    const wrong = await kbsOn(there().h2, ["join", endpoint, "--token", token, "--discovery-token-ca-cert-hash", hash]);
    expect(wrong).toMatchObject({ code: 5, stderr: expect.stringContaining(after(words, "--discovery-token-ca-cert-hash")) });
    const unknown = await kbsOn(there().h2, ["join", endpoint, "--token", "zzzzzz.0123456789abcdef", ...words.slice(3)]);
    expect(unknown).toMatchObject({ code: 5, stderr: expect.stringContaining("or has expired") });
    const dry = await join2("--dry-run");
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining("/etc/kubernetes/bootstrap-kubelet.conf") });
    expect(sinceFound(before, await asFound([there().h2]))).toEqual([]);
  });

  test("another port than the API server's is told by what answers there", async () => {
    const [, ...flags] = words;
    const host = there().h1.address;
    const ask = (port: number): Promise<Ended> => kbsOn(there().h2, ["join", `${host}:${port}`, ...flags]);
    expect(await ask(22)).toMatchObject({ code: 4, stderr: expect.stringMatching(/does not speak TLS.*it says "SSH-2\.0/) });
    expect(await ask(2379)).toMatchObject({ code: 4, stderr: expect.stringContaining("wants a certificate before it says anything") });
    expect(await ask(10250)).toMatchObject({ code: 4, stderr: expect.stringContaining("is no Kubernetes API server") });
  });

  test("a join that is killed in the middle is finished by the same line", async () => {
    const line = ["env", `XDG_STATE_HOME=${stateFolder}`, "KBS_BUNDLE=/opt/kbs/bundle.tar", "/opt/kbs/node", "/opt/kbs/kbs.cjs", "join"];
    const kill = `${quoteAll([...line, ...words, ...own])} >/dev/null 2>&1 & pid=$!
until systemctl is-active --quiet containerd; do kill -0 $pid || exit 1; sleep 0.1; done
kill -9 $pid`;
    await must(there().h2, kill);
    expect(await join2()).toMatchObject({ code: 0 });
    await expectReady(there().h1, "h2");
    expect(await kbsOn(there().h2, ["reset", "--yes"])).toMatchObject({ code: 0 });
    await kubectl(there().h1, "delete node h2");
  });

  test("a node whose request is denied is told so, and joins by the same line once that is undone", async () => {
    const { h1: controlPlane } = there();
    await kubectl(controlPlane, "get clusterrolebinding kubeadm:node-autoapprove-bootstrap -o yaml > /tmp/approve.yaml");
    await kubectl(controlPlane, "delete clusterrolebinding kubeadm:node-autoapprove-bootstrap");
    const joining = join2();
    const deny = `until n=$(kubectl --kubeconfig=/etc/kubernetes/admin.conf get csr --no-headers 2>/dev/null | awk '/Pending/ {print $1}' | grep .); do sleep 0.5; done; kubectl --kubeconfig=/etc/kubernetes/admin.conf certificate deny $n`;
    await must(controlPlane, deny);
    const denied = await joining;
    expect(denied).toMatchObject({ code: 5, stderr: expect.stringMatching(/has denied this node its certificate[^]*kubectl delete csr/) });
    await kubectl(controlPlane, "delete csr --all");
    await kubectl(controlPlane, "apply -f /tmp/approve.yaml");
    expect(await join2()).toMatchObject({ code: 0, stderr: expect.stringContaining("kubectl get node h2") });
    await expectReady(controlPlane, "h2");
  });

  test("its kubelet is configured as the cluster says, and the token is nowhere on the machine", async () => {
    const { h1: controlPlane, h2: worker } = there();
    const stored = await kubectl(controlPlane, "-n kube-system get configmap kubelet-config -o jsonpath='{.data.kubelet}'");
    const here: unknown = parse(await must(worker, "cat /var/lib/kubelet/config.yaml"));
    // The runtime's socket is each machine's own.
    expect(here).toMatchObject({ ...parse(stored), containerRuntimeEndpoint: expect.stringContaining("containerd.sock") });
    const [, secret = ""] = after(words, "--token").split(".");
    const found = await worker.run(`grep -rlF ${secret} /etc /var/lib/kbs /var/lib/kubelet ${stateFolder} /root 2>/dev/null`);
    expect(found.stdout).toBe("");
  });

  test("a second join changes nothing, with a token that has ended as well, and another cluster is refused", async () => {
    expect(await join2()).toMatchObject({ code: 0, stderr: expect.stringContaining("a node of this cluster already") });
    const [endpoint = "", , , , hash = ""] = words;
    const late = ["join", endpoint, "--token", "zzzzzz.0123456789abcdef", "--discovery-token-ca-cert-hash"];
    expect(await kbsOn(there().h2, [...late, hash])).toMatchObject({ code: 0 });
    const other = await kbsOn(there().h2, [...late, `sha256:${"0".repeat(64)}`]);
    expect(other).toMatchObject({ code: 3, stderr: expect.stringContaining("belongs to the cluster kubernetes already") });
  });

  test("its name cannot be taken by another machine while it is alive", async () => {
    const taken = await kbsOn(there().h1, ["join", ...words]);
    expect(taken).toMatchObject({ code: 3, stderr: expect.stringContaining("this machine is a control plane") });
    const { h2: worker, h1: controlPlane } = there();
    expect(await kbsOn(worker, ["reset", "--yes"])).toMatchObject({ code: 0 });
    // The cluster does not know yet that the node has gone.
    expect(await join2()).toMatchObject({ code: 3, stderr: expect.stringContaining("has a node h2 already, and it is ready") });
    await kubectl(controlPlane, "delete node h2");
    expect(await join2()).toMatchObject({ code: 0 });
    await expectReady(controlPlane, "h2");
  });
});

describe("a cluster that kubeadm made", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ hosts: 3, flavour: "prepared" });
    const first = { ...lab, hosts: lab.hosts.slice(0, 1) };
    await runKubeadm(first, await kubeadmArchives(lab));
    for (const host of lab.hosts.slice(1)) {
      await bringKbs(host);
      await writeFile(join(host.rootDirectory, "root/own.yaml"), config({}));
    }
  });
  afterAll(() => lab?.stop());

  test("takes a worker by token, and one by a file", async () => {
    const [h1, h2, h3] = [hostOf(lab, 0), hostOf(lab, 1), hostOf(lab, 2)];
    const words = joinWords(await must(h1, "kubeadm token create --print-join-command"));
    expect(await kbsOn(h2, ["join", ...words, ...own])).toMatchObject({ code: 0 });
    await expectReady(h1, "h2");
    const info = await kubectl(h1, "-n kube-public get configmap cluster-info -o jsonpath='{.data.kubeconfig}'");
    await writeFile(join(h3.rootDirectory, "root/discovery.conf"), info);
    const byFile = ["join", "--discovery-file", "discovery.conf", "--tls-bootstrap-token", after(words, "--token")];
    expect(await kbsOn(h3, [...byFile, ...own])).toMatchObject({ code: 0 });
    await expectReady(h1, "h3");
    expect((await kubectl(h1, "get nodes --no-headers | grep -c ' Ready'")).trim()).toBe("3");
  });
});
