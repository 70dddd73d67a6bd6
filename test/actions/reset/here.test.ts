import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { resetHere } from "../../../src/actions/reset/here.ts";
import { plainBody, type RealBody } from "../../changes/contract/bodies.ts";
import { beginRun } from "../../changes/contract/body.ts";
import { describeReal } from "../../host/ssh/real.ts";
import { issue, textOf } from "../../pki/support.ts";
import { deafHost } from "../../support/deaf-host.ts";
import { fakeMachine } from "../../support/fake-host.ts";
import { typedIn } from "../../support/typed-in-sandbox.ts";
import { options } from "../options.ts";

// `kbs reset` without a configuration, run on the machine that it gives back.

vi.setConfig({ testTimeout: 120_000 });

describeReal("this machine", () => {
  let body: RealBody;
  beforeAll(async () => {
    body = await plainBody();
  });
  afterEach(() => body.forget());
  afterAll(() => body.stop());

  const kbs = (...words: readonly string[]) => typedIn(body.sandbox, ["HOME=/root", "KBS_CONFIG=/nowhere.yaml"], words);

  const occupy = async (): Promise<void> => {
    const run = await beginRun(body);
    await run.apply(
      { kind: "file", path: "/var/lib/kbs/cluster", content: "0b5a8c9e demo\n", mode: 0o600 },
      { kind: "file", path: "/srv/theirs", content: "ours", mode: 0o644 },
      { kind: "service", unit: "kubelet.service", inputs: ["/srv/theirs"] },
    );
    await run.lease.release();
  };

  test("is given back as it was, without a configuration, and asks first", async () => {
    body.files.write("/srv/theirs", "theirs");
    await occupy();
    const unasked = await kbs("reset");
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain(
      "This gives this machine, sandbox, back as it was before kbs came. What the cluster demo has here is lost.",
    );
    expect(body.files.read("/srv/theirs")?.toString()).toBe("ours");
    expect((await kbs("reset", "--yes")).code).toBe(0);
    expect(body.files.read("/srv/theirs")?.toString()).toBe("theirs");
    expect(await body.run("systemctl show kubelet.service; ls /var/lib/kbs 2>&1 || :")).toMatch(/^disabled\ninactive\nls: .*No such file/);
  });

  test("with a node of another tool's, of which kbs has only renewed certificates, is left as it is", async () => {
    const conf = "/etc/kubernetes/kubelet.conf";
    body.files.write(conf, "former");
    const run = await beginRun(body);
    await run.apply({ kind: "file", path: conf, content: "renewed", mode: 0o600 });
    await run.lease.release();
    expect(await kbs("reset", "--yes")).toMatchObject({ code: 0, stderr: expect.stringContaining("made by another tool") });
    expect(body.files.read(conf)?.toString()).toBe("renewed");
    await body.run(`rm -r ${conf} /var/lib/kbs`);
  });

  test("that is held by another run is left to it", async () => {
    await occupy();
    const other = await beginRun(body);
    expect(await kbs("reset", "--yes")).toMatchObject({ code: 6, stderr: expect.stringContaining("alice@laptop") });
    await other.lease.release();
    expect((await kbs("reset", "--yes")).code).toBe(0);
  });

  test("that kbs never changed has nothing to reset, and a node of another tool is named as such", async () => {
    expect(await kbs("reset", "--yes")).toMatchObject({ code: 0, stderr: expect.stringContaining("there is nothing to reset") });
    body.files.write("/etc/kubernetes/kubelet.conf", "x");
    expect(await kbs("reset", "--yes")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("made by another tool, such as kubeadm"),
    });
    body.files.remove("/etc/kubernetes");
  });

  test("loses an empty trace of a run that was killed at its very end", async () => {
    body.files.mkdir("/var/lib/kbs");
    expect((await kbs("reset", "--yes")).code).toBe(0);
    expect(await body.run("ls /var/lib/kbs 2>&1 || :")).toContain("No such file");
  });

  const bundle = "/var/lib/kbs/bundles/kbs-bundle-v1.36.3-linux-amd64.tar";

  test("keeps the bundles that somebody has put into kbs's folder, and says nothing of them", async () => {
    body.files.write(bundle, "a bundle");
    await occupy();
    const { code, stderr } = await kbs("reset", "--yes");
    expect(code).toBe(0);
    expect(stderr).not.toContain("left /var/lib/kbs");
    expect(body.files.read(bundle)?.toString()).toBe("a bundle");
    expect(await body.run("ls -A /var/lib/kbs")).toBe("bundles\n");
  });

  test("with bundles and nothing else has nothing to reset", async () => {
    body.files.write(bundle, "a bundle");
    expect(await kbs("reset", "--yes")).toMatchObject({ code: 0, stderr: expect.stringContaining("there is nothing to reset") });
    expect(body.files.read(bundle)?.toString()).toBe("a bundle");
  });

  test("says that it is a control plane whose API does not answer", async () => {
    await occupy();
    body.files.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "x");
    expect((await kbs("reset")).stderr).toContain("That takes a control plane of demo away; its API did not answer");
    body.files.remove("/etc/kubernetes");
  });
});

test("its own API server is asked what is lost, where the manifest has it listen", async () => {
  const machine = fakeMachine("cp1");
  const admin = textOf(await issue(), "admin.conf");
  const answers = {
    ownership: "0b5a8c9e demo\n",
    remains: "yes\n",
    kubernetes: "/etc/kubernetes/manifests/kube-apiserver.yaml\n",
    pkiFiles: `@@ files\n600 ${admin.length} /etc/kubernetes/admin.conf\n@@ content\n${Buffer.from(admin).toString("base64")}\n`,
    tlsListeners: "@@ kube-apiserver\n--bind-address=10.0.0.11\n--secure-port=7443\n",
  };
  for (const [question, answer] of Object.entries(answers)) machine.answers.set(question, answer);
  const { host, dialled } = deafHost(machine);
  const connect = async () => ({ host, counts: { channels: 0, bytesSent: 0, bytesReceived: 0 } });
  const sentences: string[] = [];
  const confirm = async (sentence: string): Promise<boolean> => sentences.push(sentence) === 0;
  await expect(resetHere({ ...options({ connect }), isRoot: true, confirm })).rejects.toThrow("nothing was reset");
  expect(sentences).toEqual([expect.stringContaining("its API did not answer")]);
  expect(dialled).toEqual(new Set(["10.0.0.11 7443"]));
});
