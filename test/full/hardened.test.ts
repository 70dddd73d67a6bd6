import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/index.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { changed, expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";

// Hosts as careful people have them: sshd gives two sessions, etcd's folder leads to another disk, the API server listens at one address, and a bundle
// lies where bundles are looked for.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;
let before: Found;

const bundle = "/var/lib/kbs/bundles/theirs.tar";

const onHost = async (name: string, script: string): Promise<string> => {
  const { code, stdout, stderr } = await bench.host(name).run(script, { timeout: 60_000 });
  expect({ script, code, stderr }).toEqual({ script, code: 0, stderr: "" });
  return stdout.trim();
};

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  const apiServer = { extraArgs: [{ name: "bind-address", value: lab.hosts[0]?.address }] };
  operator = await operatorOf(lab);
  bench = planBench(lab, operator);
  await bench.edit(({ spec }) => void (spec.kubernetes["apiServer"] = apiServer));
  for (const { name } of lab.hosts) await onHost(name, "echo 'MaxSessions 2' >/etc/ssh/sshd_config.d/hardened.conf; systemctl reload ssh");
  await onHost(
    "h1",
    `mkdir -p /srv/disk/etcd /var/lib/kbs/bundles; chmod 750 /srv/disk/etcd; ln -s /srv/disk/etcd /var/lib/etcd; echo theirs >${bundle}`,
  );
  before = await asFound(lab.hosts);
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

test("become a cluster, whose second apply has nothing to do", async () => {
  expectDone(await bench.apply(...bench.fleet));
  expect(await bench.kubectl("get nodes --no-headers")).toMatch(/^h1 +Ready .*\nh2 +Ready .*\n$/);
  expect(await onHost("h1", "ss -ltnH 'sport = :6443' | awk '{print $4}'")).toBe(`${bench.host("h1").address}:6443`);
  expect(await onHost("h1", "stat -c %F /var/lib/etcd; ls /srv/disk/etcd")).toBe("symbolic link\nmember");
  const again = await bench.apply(...bench.fleet);
  expectDone(again);
  expect(changed(again.events)).toEqual([]);
});

test("keep etcd's folder and the API server's port, whatever the file says by now", async () => {
  await bench.edit(({ spec }) => void Object.assign(spec, { etcd: { dataDir: "/srv/other" } }));
  const moved = await bench.kbs("apply", ...bench.fleet, "--yes");
  expect(moved).toMatchObject({ code: 2, stderr: expect.stringContaining("etcd's data would be /srv/other, but /var/lib/etcd") });
  expect(await onHost("h1", "ls -d /srv/other 2>&1 || :")).toContain("No such file");
});

test("are given back as they were, by the same edited file", async () => {
  const { code, stderr } = await bench.kbs("delete", "cluster", "-f", "c.yaml", "--yes");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(sinceFound(before, await asFound(lab.hosts))).toEqual([]);
  expect(await onHost("h1", `cat ${bundle}; stat -c '%A %N' /var/lib/etcd /srv/disk/etcd; ls -A /srv/disk/etcd`)).toBe(
    "theirs\nlrwxrwxrwx '/var/lib/etcd' -> '/srv/disk/etcd'\ndrwxr-x--- '/srv/disk/etcd'",
  );
});
