import { afterAll, beforeAll, expect, test } from "vitest";
import { newToken } from "../../src/pki/token.ts";
import { quoteAll } from "../../src/shared/quote.ts";
import { imageArchive } from "../lab/archives.ts";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { initConfig } from "../lab/kubeadm-config.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { bringKbs, stateFolder } from "../support/kbs-on-host.ts";
import type { Ended } from "../support/operator.ts";

// Machines that packages have prepared for kubeadm, and no bundle anywhere: kbs uses what is there, and writes what kubeadm would.

let lab: Lab;
let first: LabHost;
let second: LabHost;
let before: Found;
let joinLine: string;

/** kbs as it is typed on the machine, which has no bundle. */
const kbs = (host: LabHost, ...words: readonly string[]): Promise<Ended> =>
  host.run(quoteAll(["env", `XDG_STATE_HOME=${stateFolder}`, "/opt/kbs/node", "/opt/kbs/kbs.cjs", ...words]), { timeout: 300_000 });

const init = (...words: readonly string[]): Promise<Ended> =>
  kbs(first, "init", "--config", "init.yaml", "--network", "none", "--node-name", "leader", ...words);

const run = async (host: LabHost, script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(script, { timeout: 120_000 });
  expect({ script, code, stderr }).toEqual({ script, code: 0, stderr: "" });
  return stdout.trim();
};

const kubectl = (line: string): Promise<string> =>
  run(first, `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`);

/** What packages brought, digest by digest, with the states of their units. */
const packages = (host: LabHost): Promise<string> =>
  run(
    host,
    `sha256sum /usr/bin/kube* /usr/local/bin/* /usr/local/sbin/* /opt/cni/bin/* /etc/containerd/config.toml
find /etc/systemd/system -type f -exec sha256sum {} + ; ls -A /etc/containerd /etc/systemd/system/kubelet.service.d; hostname`,
  );

const joinLineOf = (stdout: string): string => /^ {2}kbs (join .*)$/m.exec(stdout)?.[1] ?? expect.fail(`no line to join by: ${stdout}`);

const folder = "/srv/patches";
const patchFiles = `mkdir ${folder}
printf 'metadata: { labels: { patched: "yes" } }' >${folder}/kube-apiserver+merge.yaml
printf '[{ "op": "add", "path": "/maxPods", "value": 77 }]' >${folder}/kubeletconfiguration+json.json`;

/** What a containerd that stays keeps of containers that are gone. */
const ofContainerd = /\/var\/lib\/containerd\/|\/run\/containerd/;

beforeAll(async () => {
  lab = await startLab({ hosts: 2, flavour: "prepared" });
  const [h1, h2] = lab.hosts;
  if (!h1 || !h2) throw new RangeError("a lab has its hosts");
  [first, second] = [h1, h2];
  for (const host of lab.hosts) await bringKbs(host);
  await first.run("umask 077; cat >init.yaml", {
    input: initConfig("h1", first.address, newToken().text)
      .replace(/^ *podSubnet: .*\n/m, "")
      .replace("kind: InitConfiguration", `$&\npatches: { directory: ${folder} }`),
  });
  await run(first, patchFiles);
});
afterAll(() => lab?.stop());

test("images that are not there are named one by one, with what brings them, and nothing is changed", async () => {
  const refused = await init();
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("7 images are not there, and no bundle of kbs was found") });
  expect(refused.stderr).toContain("ctr -n k8s.io images pull registry.k8s.io/kube-apiserver:");
  expect(await run(first, "ls -A /etc/kubernetes /var/lib/kbs 2>/dev/null || :")).toBe("");
});

test("a kubelet that is newer than what is wished for is refused", async () => {
  const refused = await kbs(first, "init", "--network", "none", "--kubernetes-version", "1.35");
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("newer than Kubernetes v1.35") });
});

test("init runs the control plane by the kubelet, units and containerd that are there", async () => {
  for (const [host, role] of [
    [first, "control-plane"],
    [second, "worker"],
  ] as const) {
    await host.run("ctr --namespace k8s.io images import - >/dev/null", {
      inputFile: await imageArchive(role, () => undefined),
      timeout: 300_000,
    });
  }
  await run(first, `rm -rf ${stateFolder}`);
  before = await asFound([first]);
  const brought = await packages(first);
  const made = await init();
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining("export KUBECONFIG=/etc/kubernetes/admin.conf") });
  expect(await packages(first)).toBe(brought);
  joinLine = joinLineOf(made.stdout);
  expect(await kubectl("get nodes -o name")).toBe("node/leader");
  expect(await run(first, "cat /var/lib/kubelet/kubeadm-flags.env")).toContain("--hostname-override=leader");
  expect(await run(first, "cat /var/lib/kubelet/instance-config.yaml")).toBe(
    'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"',
  );
  expect(await kubectl("get node leader -o jsonpath='{.spec.podCIDR}'")).toBe("");
});

test("patches are laid over what is written", async () => {
  expect(await run(first, "grep -c 'patched: \"yes\"' /etc/kubernetes/manifests/kube-apiserver.yaml")).toBe("1");
  expect(await run(first, "grep ^maxPods /var/lib/kubelet/config.yaml")).toBe("maxPods: 77");
  expect(await kubectl("-n kube-system get configmap kubelet-config -o jsonpath='{.data.kubelet}'")).not.toContain("maxPods: 77");
  expect(await init()).toMatchObject({ code: 0, stderr: expect.stringContaining("0 changes") });
});

test("a machine that is prepared so joins without a bundle, and keeps what packages brought", async () => {
  const brought = await packages(second);
  expect(await kbs(second, ...joinLine.split(" "), "--ignore-preflight-errors", "SystemVerification")).toMatchObject({ code: 0 });
  expect(await packages(second)).toBe(brought);
  expect(await kubectl("get nodes -o name")).toContain(`node/${second.name}`);
});

test("reset leaves packages, units and containerd as they were, and nothing of the cluster", async () => {
  expect(await kbs(first, "reset", "--yes")).toMatchObject({ code: 0 });
  await run(first, "for i in 1 2 3 4 5 6 7 8 9 10; do systemctl show -p SubState kubelet | grep -q auto-restart && break; sleep 1; done");
  expect(sinceFound(before, await asFound([first])).filter((line) => !ofContainerd.test(line))).toEqual([]);
  expect(await run(first, "{ ctr -n k8s.io containers ls -q; ctr -n k8s.io images ls -q | grep -c kube-apiserver; } 2>/dev/null")).toBe(
    "1",
  );
});
