import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { InitOptions } from "../../../src/actions/init/init.ts";
import { runInitPhase } from "../../../src/actions/init/phase.ts";
import { initPhaseOf } from "../../../src/actions/init/phases.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { plainBody, type RealBody } from "../../changes/contract/bodies.ts";
import { describeReal } from "../../host/ssh/real.ts";
import { typedIn } from "../../support/typed-in-sandbox.ts";
import { options } from "../options.ts";

// `kbs init phase` on a real machine, as far as files go: no kubelet runs on it.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = "/etc/kubernetes";
const pki = `${folder}/pki`;

describeReal("phases that write files", () => {
  let body: RealBody;
  /** Of the environment in which phases are typed. */
  let proxyVariables: InitOptions["proxyVariables"] = [];
  beforeAll(async () => {
    body = await plainBody();
  });
  afterEach(async () => {
    proxyVariables = [];
    await body.run(`rm -rf ${folder} /var/lib/kubelet/pki`);
    await body.forget();
  });
  afterAll(() => body.stop());

  const connect = async () => {
    const { host } = await body.operator();
    return { host, counts: { channels: 0, bytesSent: 0, bytesReceived: 0 } };
  };

  /** How many changes a phase has made. */
  const phase = (...words: readonly string[]): Promise<number> => phaseIn(undefined, ...words);

  const phaseIn = async (certDir: string | undefined, ...words: readonly string[]): Promise<number> => {
    const flags = { "apiserver-advertise-address": "10.9.0.4", "node-name": "cp1", "cert-dir": certDir, untaint: false };
    const wish = {
      ...options({ connect, command: "kbs init" }),
      flags,
      skipPhases: [],
      uploadsCertificates: false,
      proxyVariables,
      isRoot: true,
    };
    const { outcome } = await runInitPhase(initPhaseOf(words), { ...wish, file: "" });
    expect({ words, exit: outcome.exit }).toEqual({ words, exit: "done" });
    return outcome.changed;
  };

  /** Whatever a phase is refused for, with all that is said. */
  const refusal = async (...words: readonly string[]): Promise<string> => {
    const error = await phase(...words).catch((thrown: unknown) => thrown);
    if (!(error instanceof UserError)) throw error;
    return [error.message, error.details.output, error.details.hint].join("\n");
  };

  const files = async (): Promise<readonly string[]> =>
    (await body.run(`cd ${folder} 2>/dev/null || exit 0; find . -type f | sort`)).split("\n").flatMap((line) => line.slice(2) || []);

  const proxied = (): Promise<string> => body.run(`cd ${folder}/manifests; grep -A1 'name: HTTPS_PROXY' *.yaml || :`);

  const digests = (): Promise<string> => body.run(`find ${folder} -type f -exec sha256sum {} + | sort`);

  test("write what they are called after, and nothing else; one that is done finds nothing to do", async () => {
    expect(await phase("certs", "ca")).toBeGreaterThan(0);
    expect(await files()).toEqual(["pki/ca.crt", "pki/ca.key"]);
    await phase("certs", "apiserver");
    expect(await files()).toEqual(["pki/apiserver.crt", "pki/apiserver.key", "pki/ca.crt", "pki/ca.key"]);
    await phase("kubeconfig", "admin");
    await phase("control-plane", "scheduler");
    await phase("etcd", "local");
    expect((await files()).filter((path) => !path.startsWith("pki"))).toEqual([
      "admin.conf",
      "manifests/etcd.yaml",
      "manifests/kube-scheduler.yaml",
    ]);
    const before = await digests();
    for (const words of [["certs", "ca"], ["certs/apiserver"], ["kubeconfig", "admin"], ["etcd"]]) expect(await phase(...words)).toBe(0);
    expect(await digests()).toBe(before);
  });

  test("make a whole group, and leave the kubelet's own file to the last of them, as with kubeadm", async () => {
    await phase("certs", "all");
    expect(await files()).toHaveLength(22);
    expect(await body.run(`stat -c %a ${pki}/ca.key ${pki}/ca.crt`)).toBe("600\n644\n");
    await phase("kubeconfig", "all");
    expect((await files()).filter((path) => !path.startsWith("pki"))).toEqual(
      ["admin", "controller-manager", "kubelet", "scheduler", "super-admin"].map((name) => `${name}.conf`),
    );
    expect(await body.run(`grep -c client-certificate-data ${folder}/kubelet.conf`)).toBe("1\n");
    await phase("kubelet-finalize", "all");
    expect(await body.run(`sed -n 's/^ *client-certificate: //p' ${folder}/kubelet.conf`)).toBe(
      "/var/lib/kubelet/pki/kubelet-client-current.pem\n",
    );
    expect(await phase("kubelet-finalize")).toBe(0);
  });

  test("say what they need that is not there, and change nothing", async () => {
    expect(await phase("certs", "sa")).toBeGreaterThan(0);
    expect(await refusal("upload-config", "all")).toContain("works on a control plane that kbs has made");
    expect(await files()).toEqual(["pki/sa.key", "pki/sa.pub"]);
  });

  test("use CAs whose keys are kept elsewhere, and sign nothing", async () => {
    await phase("certs", "all");
    await body.run(`rm ${pki}/ca.key ${pki}/front-proxy-ca.key ${pki}/etcd/ca.key`);
    const before = await digests();
    expect(await phase("certs", "all")).toBe(0);
    expect(await digests()).toBe(before);
    await phase("control-plane", "controller-manager");
    expect(await body.run(`grep cluster-signing ${folder}/manifests/kube-controller-manager.yaml`)).toBe(
      "    - --cluster-signing-cert-file=\n    - --cluster-signing-key-file=\n",
    );
  });

  test("give the control plane the proxy variables of their environment, and take those of a former one out again", async () => {
    proxyVariables = [{ name: "HTTPS_PROXY", value: "http://proxy.example:3128" }];
    await phase("etcd", "local");
    await phase("control-plane", "all");
    expect(await proxied()).toMatch(
      /^(kube-\S+.yaml:    - name: HTTPS_PROXY\nkube-\S+.yaml-      value: http:\/\/proxy.example:3128\n(--\n)?){3}$/,
    );
    proxyVariables = [];
    expect(await phase("control-plane", "all")).toBeGreaterThan(0);
    expect(await proxied()).toBe("");
  });

  test("are given back by a reset, from a folder of one's own, too", async () => {
    await phaseIn("/srv/new/pki", "certs", "all");
    expect((await body.run("find /srv/new/pki -type f")).trim().split("\n")).toHaveLength(22);
    expect(await phaseIn("/srv/new/pki", "certs", "etcd-server")).toBe(0);
    await phaseIn("/srv/new/pki", "kubeconfig", "admin");
    await phaseIn("/srv/new/pki", "control-plane", "all");
    expect(await files()).toEqual([
      "admin.conf",
      ...["apiserver", "controller-manager", "scheduler"].map((name) => `manifests/kube-${name}.yaml`),
    ]);
    expect(await body.run(`grep -L /srv/new/pki ${folder}/manifests/*`)).toBe(`${folder}/manifests/kube-scheduler.yaml\n`);
    expect(await typedIn(body.sandbox, ["HOME=/root", "KBS_CONFIG=/nowhere.yaml"], ["reset", "--yes"])).toMatchObject({ code: 0 });
    expect(await body.run(`[ ! -e ${folder} ] && [ ! -e /srv/new ] && echo gone`)).toBe("gone\n");
  });
});
