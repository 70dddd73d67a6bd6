import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommandChange } from "../../../src/changes/change.ts";
import { runningPods } from "../../../src/phases/common/running-pods.ts";
import { type Sandbox, startSandbox } from "../../support/sandbox.ts";

const port = 6443;
const served = { by: { "kube-apiserver": port }, slow: "kube-apiserver", within: 240, name: "run it" };

const commandOf = (pods: readonly string[], by: Readonly<Record<string, number>> = served.by): CommandChange => {
  const [change] = runningPods(pods, { ...served, by });
  return change?.kind === "command" ? change : expect.fail("no command");
};

/** What a process is called is the name by which it was started. `serve` does so for one that listens, and waits until it does. */
const programs = `
mkdir -p /etc/kubernetes/manifests /opt/fakes /usr/local/sbin
ln -s "$(command -v sleep)" /opt/fakes/kube-apiserver
mkdir /opt/fakes/serving; ln -s "$(command -v perl)" /opt/fakes/serving/kube-apiserver
cat >/usr/local/sbin/serve <<'END'
setsid /opt/fakes/serving/kube-apiserver -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => ${port}, Listen => 1) or die; sleep 300' >/dev/null 2>&1 </dev/null &
until grep -q ':192B .* 0A' /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done
END
cat >/usr/local/sbin/ctr <<'END'
shift 2
case "$*" in
  "containers ls -q"*) echo former ;;
  "tasks kill -s SIGKILL former") echo killed >>/opt/told; kill -KILL $(cat /opt/pid); sh /usr/local/sbin/serve ;;
  *) exit 70 ;;
esac
END
chmod 755 /usr/local/sbin/ctr
`;

describe("a pod with a new manifest", () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox();
    await sandbox.run(programs);
  });
  afterEach(() => sandbox.stop());

  const change = commandOf(["kube-apiserver"]);
  const check = (): Promise<string> => sandbox.run(`(${change.check}) || :`);

  test("is ended when it listens no more and goes on, and the next one is waited for", async () => {
    await sandbox.run(
      "setsid /opt/fakes/kube-apiserver 300 >/dev/null 2>&1 </dev/null & echo $! >/opt/pid; sleep 0.2; : >/etc/kubernetes/manifests/kube-apiserver.yaml",
    );
    expect(await check()).toBe("kube-apiserver has not started yet\n");
    await sandbox.run(change.apply);
    expect(await sandbox.run("cat /opt/told")).toBe("killed\n");
    expect(await check()).toBe("");
  });

  test("is let be as long as it listens", async () => {
    await sandbox.run("sh /usr/local/sbin/serve; sleep 0.2; : >/etc/kubernetes/manifests/kube-apiserver.yaml");
    await sandbox.run(`(sleep 7; kill -KILL $(pidof kube-apiserver); sleep 0.5; sh /usr/local/sbin/serve) & ${change.apply}`);
    expect(await sandbox.run("ls /opt/told 2>/dev/null || :")).toBe("");
    expect(await check()).toBe("");
  });
});

test.each([
  [["etcd"], {}],
  [["etcd", "kube-apiserver"], served.by],
  [["kube-controller-manager", "kube-scheduler"], { "kube-controller-manager": 10_257, "kube-scheduler": 10_259 }],
] as const)("%s are waited for by a script that a shell can read", (pods, by) => {
  const { check, apply } = commandOf(pods, by);
  for (const script of [check, apply]) expect(() => execFileSync("/bin/sh", ["-n", "-c", script])).not.toThrow();
});

test("nothing is waited for where somebody else looks after all pods", () => {
  expect(runningPods([], served)).toEqual([]);
});
