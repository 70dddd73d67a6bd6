import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultMinor } from "../lab/index.ts";
import { bringKbs, kbsOn } from "../support/kbs-on-host.ts";
import { compare, type Difference, isMoreThanTime } from "../support/parity/compare.ts";
import { normalise } from "../support/parity/normalise.ts";
import { firstOf, kbsSide, pictureAtRest, type Side } from "../support/parity/sides.ts";

// A control plane that is made by one `kbs init`, given back, and made again phase by phase under kubeadm's names: both leave the same.

const init = ["--config", "kubeadm.yaml", "--network", "none"] as const;

/** In kubeadm's order; preflight comes first, and only asks. */
const phases: readonly (readonly string[])[] = [
  ["preflight"],
  ["certs", "ca"],
  ["certs", "all"],
  ["kubeconfig", "kubelet"],
  ["kubeconfig", "all"],
  ["etcd", "local"],
  ["control-plane", "apiserver"],
  ["control-plane", "all"],
  ["kubelet-start"],
  ["wait-control-plane"],
  ["upload-config", "all"],
  ["mark-control-plane"],
  ["bootstrap-token"],
  ["kubelet-finalize", "all"],
  ["addon", "all"],
];

/**
 * A kubelet whose kubeconfig embeds a certificate asks for its own as soon as it runs
 * (pkg/kubelet, forceRotation), as it does after kubeadm's phases; in a whole init it finds its file.
 */
const isMore = (difference: Difference): boolean =>
  isMoreThanTime(difference) && difference.where !== "/var/lib/kubelet/pki/kubelet-client-TIME.pem";

let side: Side;
beforeAll(async () => {
  side = await kbsSide(1, defaultMinor);
  await bringKbs(firstOf(side.lab));
  await side.prepare({ id: "phases", says: "nothing of its own" });
});
afterAll(() => side?.lab.stop());

test("images that are missing come from the bundle, and what became of each is said", async () => {
  const host = firstOf(side.lab);
  const scheduler =
    (await kbsOn(host, ["config", "images", "list"])).stdout.split("\n").find((name) => name.includes("kube-scheduler")) ?? "";
  expect(await host.run(`ctr -n k8s.io images rm ${scheduler}`)).toMatchObject({ code: 0 });
  const pulled = await kbsOn(host, ["config", "images", "pull"]);
  expect(pulled).toMatchObject({ code: 0, stdout: expect.stringContaining(`${scheduler} was imported from /opt/kbs/bundle.tar`) });
  expect(pulled.stdout.match(/ was there$/gm)).toHaveLength(6);
  expect(await host.run(`ctr -n k8s.io images ls -q | grep -cxF ${scheduler}; ls /var/lib/kbs`)).toMatchObject({ stdout: "1\n" });
});

test("phase by phase a machine becomes what a whole init makes of it, and a whole init finds nothing more to do", async () => {
  const host = firstOf(side.lab);
  await side.init({ id: "phases", says: "nothing of its own" });
  const whole = normalise(await pictureAtRest(side, host));
  await side.reset(host);
  for (const phase of phases) {
    const { code, stdout, stderr } = await kbsOn(host, ["init", "phase", ...phase, ...init]);
    expect({ phase, code, stdout, stderr }).toMatchObject({ phase, code: 0 });
  }
  const line = await kbsOn(host, ["init", "phase", "show-join-command", ...init]);
  expect(line).toMatchObject({ code: 0, stdout: expect.stringContaining("kbs join ") });
  expect(compare(whole, normalise(await pictureAtRest(side, host))).filter(isMore)).toEqual([]);
  expect(await kbsOn(host, ["init", ...init])).toMatchObject({ code: 0, stderr: expect.stringContaining("0 changes") });
});
