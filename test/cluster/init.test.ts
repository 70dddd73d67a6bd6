import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, type LabHost, labClusterYaml, startLab } from "../lab/index.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { hostTree } from "../support/host-tree.ts";
import { bringKbs, kbsOn, stateFolder } from "../support/kbs-on-host.ts";

// A bare machine without Node.js becomes a control plane by what is typed on it, and is given back.

let lab: Lab;
let host: LabHost;
let before: Found;
/** The line that the first init has printed. */
let joinLine: string;

const kbs = (...words: readonly string[]) => kbsOn(host, words);
const init = (...words: readonly string[]) => kbs("init", "--config", "init.yaml", ...words);

const run = async (script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(script, { timeout: 120_000 });
  expect({ script, code, stderr }).toEqual({ script, code: 0, stderr: "" });
  return stdout.trim();
};

const kubectl = (line: string): Promise<string> => run(`kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`);

const joinLineOf = (stdout: string): string => /^ {2}(kbs join .*)$/m.exec(stdout)?.[1] ?? expect.fail(`no line to join by: ${stdout}`);

beforeAll(async () => {
  lab = await startLab({ hosts: 1 });
  host = lab.hosts[0] ?? expect.fail("no host");
  await bringKbs(host);
  // What the lab's kernel needs, and no hosts.
  await host.run("cat >init.yaml", { input: labClusterYaml(lab, { spec: { hosts: undefined, ssh: undefined } }) });
  before = await asFound([host]);
});
afterAll(() => lab?.stop());

test("only root may, and a dry run tells what would be done and leaves no trace, not even a log", async () => {
  expect(await kbsOn(host, ["init"], "admin")).toMatchObject({ code: 3, stderr: expect.stringContaining("next:     sudo kbs init") });
  const tree = hostTree(host);
  const dry = await init("--dry-run");
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining("+ /etc/kubernetes/manifests/kube-apiserver.yaml") });
  expect(dry.stdout).toContain("bootstrap token  for machines that join; it ends after 24h0m0s");
  expect(hostTree(host)).toEqual(tree);
  expect(await run(`ls -d ${stateFolder} /run/kbs 2>/dev/null || :`)).toBe("");
});

test("a machine that has a node of kubeadm's is refused with what to do", async () => {
  await run("mkdir -p /etc/kubernetes/manifests && touch /etc/kubernetes/manifests/kube-apiserver.yaml");
  const refused = await init();
  await run("rm -r /etc/kubernetes");
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("there is a Kubernetes node here already") });
  expect(refused.stderr).toContain("kubeadm reset -f");
  expect(refused.stderr).toContain("--dry-run asks again");
  await run(`rm -r ${stateFolder}`);
});

test("init makes a node that is ready, and ends with the line by which others join", async () => {
  const made = await init("--token-ttl", "2h");
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining("export KUBECONFIG=/etc/kubernetes/admin.conf") });
  expect(await kubectl("get nodes --no-headers | awk '{ print $1, $2, $3 }'")).toBe(`${host.name} Ready control-plane`);
  joinLine = joinLineOf(made.stdout);
  const spki = "openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -pubkey | openssl pkey -pubin -outform der";
  const hash = await run(`${spki} | openssl dgst -sha256 -r | cut -d' ' -f1`);
  const [, id = "", secret = ""] = /--token ([a-z0-9]{6})\.([a-z0-9]{16}) /.exec(joinLine) ?? [];
  expect(joinLine).toBe(`kbs join ${host.address}:6443 --token ${id}.${secret} --discovery-token-ca-cert-hash sha256:${hash}`);
  expect(await kubectl("-n kube-system get secrets -o name")).toBe(`secret/bootstrap-token-${id}`);
  // Nothing that is kept knows it.
  expect(made.stderr).not.toContain(secret);
  expect(await run(`grep -rlF ${secret} ${stateFolder} /var/lib/kbs /run/kbs /var/log || :`)).toBe("");
});

test("a second init changes nothing, and prints the same line", async () => {
  const again = await init("--token-ttl", "2h");
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("0 changes") });
  expect(joinLineOf(again.stdout)).toBe(joinLine);
  expect((await init("--token-ttl", "2h", "--skip-token-print")).stdout).toContain("--token <value withheld>");
});

test("an init of another cluster is refused with what to do", async () => {
  expect(await kbs("init")).toMatchObject({ code: 3, stderr: expect.stringContaining(`belongs to the cluster ${lab.name} already`) });
});

test("reset gives the machine back as it was", async () => {
  expect(await kbs("reset", "--yes")).toMatchObject({ code: 0 });
  expect(sinceFound(before, await asFound([host]))).toEqual([]);
});
