import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../src/facts/index.ts";
import type { Check, CheckContext, Finding } from "../../src/preflight/check.ts";
import { clockHosts } from "../../src/preflight/checks/clocks.ts";
import { questionnaire } from "../../src/preflight/index.ts";
import { cluster, disk, healthy, listener, network, onControlPlane, oneDisk, onWorker, packagedKubelet, running } from "./hosts.ts";

const check = (id: string): Check => {
  const found = questionnaire.find((known) => known.id === id);
  if (found === undefined) throw new Error(`no check ${id}`);
  return found;
};

const ask = (id: string, context: CheckContext): Finding | undefined => (check(id).appliesTo(context) ? check(id).ask(context) : undefined);

const GiB = 1024 ** 3;
const ours = { ownership: { id: "11-22", name: "demo" } };

describe("a port", () => {
  const own = [listener(6443, "kube-apiserver"), listener(10257, "kube-controller"), listener(10250, "kubelet"), listener(2379, "etcd")];
  const ids = ["port-kube-apiserver", "port-kube-controller-manager", "port-kubelet", "port-etcd"];

  test("may be held by the cluster's own component, whose name the kernel cuts", () => {
    expect(ids.filter((id) => ask(id, onControlPlane({ ...ours, listeners: own })))).toEqual([]);
  });

  test("may not be held by the same component of someone else's cluster", () => {
    expect(ids.filter((id) => ask(id, onControlPlane({ listeners: own })))).toEqual(ids);
  });

  test("may not be held by a stranger on a host of this cluster", () => {
    expect(ask("port-kubelet", onControlPlane({ ...ours, listeners: [listener(10250, "nginx")] }))?.remedy).toMatch(/stop nginx/);
  });

  test("gets a way to find out who holds it where that is not known", () => {
    expect(ask("port-kubelet", onControlPlane({ listeners: [listener(10250)] }))?.remedy).toMatch(/ss -lntp 'sport = :10250'/);
  });

  test("follows the configuration", () => {
    const moved = { cluster: cluster({ apiServer: { bindPort: 8443 } }) };
    expect(ask("port-kube-apiserver", onControlPlane({ listeners: [listener(6443, "nginx")] }, moved))).toBeUndefined();
    expect(ask("port-kube-apiserver", onControlPlane({ listeners: [listener(8443, "nginx")] }, moved))?.problem).toMatch(/8443/);
  });

  test("of the control plane is free to take on a worker", () => {
    expect(ask("port-kube-apiserver", onWorker({ listeners: [listener(6443, "haproxy")] }))).toBeUndefined();
  });

  test("of UDP is not that of TCP", () => {
    expect(ask("port-flannel", onWorker({ listeners: [listener(8472, "java")] }))).toBeUndefined();
  });
});

test("a name that the DNS of a living cluster forgets stops no run", () => {
  const ours = { ownership: { id: "11-22", name: "demo" } };
  expect(ask("endpoint-name", onWorker(ours, { clusterId: "11-22", endpointAddresses: [] }))).toMatchObject({ severity: "warning" });
});

const see = (...endpoints: NonNullable<CheckContext["externalEtcd"]>["endpoints"]): Finding | undefined =>
  ask("external-etcd", onControlPlane({}, { externalEtcd: { missing: [], endpoints } }));

describe("an external etcd", () => {
  const [one, other] = ["https://10.0.0.31:2379", "https://10.0.0.32:2379"];
  const off = { url: one, problem: "connect ECONNREFUSED" };
  test("that does not answer at all stops a run, which says why", () => {
    expect(see(off)).toMatchObject({ problem: "the external etcd does not answer", evidence: `${one}: connect ECONNREFUSED` });
    expect(see(off)).not.toHaveProperty("severity");
  });

  test("of which one member is away is a warning", () => {
    expect(see(off, { url: other, version: "3.6.8" })).toMatchObject({
      severity: "warning",
      problem: "not all of the external etcd answers",
    });
  });

  test("may be as old as kubeadm allows, and no older", () => {
    expect(see({ url: one, version: "3.5.24" })).toBeUndefined();
    expect(see({ url: one, version: "3.5.23" })?.evidence).toBe(`${one}: etcd 3.5.23`);
  });
});

/** What is wrong with a kubelet on the machine itself, in a cluster of that version. */
const fit = (kubelet: string, version: string): string | undefined => {
  const context = onControlPlane(
    { packaged: { kubelet: { ...packagedKubelet, version: kubelet }, images: [], programs: [] } },
    { cluster: cluster({ version }) },
  );
  return ask("kubelet-version", { ...context, host: { ...context.host, local: true } })?.problem;
};

describe("a kubelet that packages have brought", () => {
  test.each(["v1.35.4", "v1.36.3", "v1.37.0"])("of %s fits a cluster of that minor, whatever the patch release", (version) => {
    expect([fit(version, version), fit(version.replace(/\d+$/, "9"), version), fit(version, `${version}-rc.1`)]).toEqual(
      Array(3).fill(undefined),
    );
  });

  test("may be three minors older, and no more", () => {
    expect([fit("v1.34.0", "v1.37.0"), fit("v1.33.0", "v1.36.3"), fit("v1.32.0", "v1.35.4")]).toEqual(Array(3).fill(undefined));
    expect(fit("v1.33.12", "v1.37.0")).toBe(
      "the kubelet that is installed here is v1.33.12, more than 3 minor versions behind Kubernetes v1.37.0",
    );
  });

  test("may not be newer than the API servers will be", () => {
    expect(fit("v1.37.0", "v1.36.3")).toContain("v1.37.0, newer than Kubernetes v1.36.3: a kubelet must not be newer than its API server");
    expect(fit("v1.36.3", "v1.35.4")).toContain("newer than Kubernetes v1.35.4");
  });
});

describe("cgroup v1", () => {
  const facts = { cgroups: { version: 1, controllers: [] } } as const;

  test("is a warning where the kubelet is told to live with it", () => {
    const told = { cluster: cluster({ kubelet: { failCgroupV1: false } }) };
    expect(ask("cgroup-version", onControlPlane(facts, told))?.severity).toBe("warning");
  });

  test("is a warning for a kubelet that still takes it", () => {
    expect(ask("cgroup-version", onControlPlane(facts, { cluster: cluster({ version: "v1.34.2" }) }))?.severity).toBe("warning");
  });

  test("needs more controllers than v2", () => {
    const v1 = { cgroups: { version: 1, controllers: ["cpu", "cpuset", "memory", "pids"] } } as const;
    expect(ask("cgroup-controllers", onControlPlane(v1))?.problem).toMatch(/cpuacct, devices and freezer are not enabled/);
  });
});

/** The n-th machine, with a clock that far ahead, whose answer took that long. */
const at = (n: number, aheadMs: number, wait = 0): HostFacts => {
  const facts = healthy(n);
  return {
    ...facts,
    asked: { from: facts.asked.from, to: facts.asked.to + wait },
    clock: { epochMs: facts.asked.from + aheadMs, precisionMs: 1 },
  };
};

describe("clocks", () => {
  const three = cluster(
    {},
    {
      hosts: ["a", "b", "c"].map((name, n) => ({
        name,
        address: `10.0.0.${11 + n}`,
        roles: [n === 0 ? "control-plane" : "worker"] as const,
      })),
    },
  );
  const accused = (offsets: readonly number[]): readonly string[] =>
    three.hosts
      .filter((host, n) => {
        const others = new Map(three.hosts.flatMap(({ name }, m) => (m === n ? [] : [[name, at(m, offsets[m] ?? 0)] as const])));
        return clockHosts.ask({ cluster: three, host, facts: at(n, offsets[n] ?? 0), others }) !== undefined;
      })
      .map(({ name }) => name);

  test("that agree are not spoken of, however wrong the operator's is", () => {
    expect(accused([90_000, 90_100, 89_900])).toEqual([]);
  });

  test("are measured against the middle, so that one wrong clock accuses only its host", () => {
    expect(accused([0, 60_000, 100])).toEqual(["b"]);
    expect(accused([-60_000, 0, 100])).toEqual(["a"]);
  });

  test("a few seconds apart are a warning, half a minute an error", () => {
    expect(ask("clock-operator", { ...onControlPlane(), facts: at(1, 5_000) })?.severity).toBe("warning");
    expect(ask("clock-operator", { ...onControlPlane(), facts: at(1, -31_000) })?.severity).toBe("error");
    expect(ask("clock-operator", { ...onControlPlane(), facts: at(1, -31_000) })?.problem).toMatch(/behind/);
  });

  test("are not called wrong because the answer took long", () => {
    expect(ask("clock-operator", { ...onControlPlane(), facts: at(1, 10_000, 20_000) })).toBeUndefined();
  });

  test("of this very machine are not compared with itself", () => {
    const local = { ...onControlPlane().host, local: true };
    expect(check("clock-operator").appliesTo(onControlPlane({}, { host: local }))).toBe(false);
  });
});

describe("disk space", () => {
  test("is counted by filesystem, not by folder", () => {
    const apart = { ...oneDisk(), "/var/lib/etcd": disk({ mountPoint: "/var/lib/etcd", free: 0.1 * GiB }) };
    expect(ask("disk-space", onControlPlane({ disks: apart }))?.problem).toMatch(
      /^\/var\/lib\/etcd has 102 MiB free, 500 MiB are needed for \/var\/lib\/etcd$/,
    );
  });

  test("is hardly needed by a node that is already made", () => {
    expect(ask("disk-space", onControlPlane({ ...ours, disks: oneDisk({ free: GiB }) }))).toBeUndefined();
    expect(ask("disk-space", onControlPlane({ ...ours, disks: oneDisk({ free: 0.1 * GiB }) }))).toBeDefined();
  });
});

describe("a host of another cluster", () => {
  test("is told apart by id once this cluster has one", () => {
    expect(ask("other-cluster", onControlPlane(ours, { clusterId: "11-22" }))).toBeUndefined();
    expect(ask("other-cluster", onControlPlane(ours, { clusterId: "99-99" }))?.problem).toMatch(/another cluster that is called demo too/);
  });

  test("is found among hosts of the same name though no id is known", () => {
    const others = new Map([["cp1", healthy(1, { ownership: { id: "99-99", name: "demo" } })]]);
    expect(ask("other-cluster", onWorker(ours, { others }))?.problem).toMatch(/^the host and cp1 belong to different clusters/);
  });

  test("is not asked about leftovers, its ports or its routes as if they were ours", () => {
    const foreign = { ownership: { id: "33-44", name: "prod" }, listeners: [listener(10250, "kubelet")] };
    expect(ask("port-kubelet", onControlPlane(foreign))).toBeDefined();
    expect(check("foreign-kubernetes").appliesTo(onControlPlane(foreign))).toBe(false);
  });
});

describe("what is left of a cluster", () => {
  const { kubernetes } = healthy(1);

  test("is data of etcd, wherever the configuration has them, and its folder alone is to be emptied", () => {
    const moved = cluster({}, { etcd: { dataDir: "/data/etcd" } });
    expect(ask("foreign-kubernetes", onControlPlane({}, { cluster: moved, hasEtcdData: true }))).toMatchObject({
      evidence: "data in /data/etcd",
      remedy: expect.stringMatching(/remove what is in \/data\/etcd$/),
    });
  });

  test("is in the folders that are named, and in no other", () => {
    const left = { ...kubernetes, manifests: ["/etc/kubernetes/manifests/kube-apiserver.yaml"], hasKubeletConfig: true };
    expect(ask("foreign-kubernetes", onControlPlane({ kubernetes: left }))?.remedy).toMatch(
      /remove what is in \/etc\/kubernetes and \/var\/lib\/kubelet$/,
    );
  });
});

describe("addresses", () => {
  test("of a host behind address translation are offered", () => {
    const finding = ask("internal-address", onControlPlane({ network: network("172.31.5.10", "02:00:00:00:00:01") }));
    expect(finding?.evidence).toBe("it has 172.31.5.10 (eth0)");
    expect(finding?.remedy).toMatch(/address translation: set its internalAddress/);
  });

  test("may be written in more than one way", () => {
    const wished = cluster({}, { hosts: [{ name: "cp1", address: "2001:DB8:0:0::11", roles: ["control-plane"] }] });
    const facts = { network: { ...healthy(1).network, interfaces: [{ name: "eth0", addresses: ["2001:db8::11/64"] }] } };
    expect(ask("internal-address", onControlPlane(facts, { cluster: wished }))).toBeUndefined();
  });

  test("of the pod network may lie in the pod subnet once it is up", () => {
    const facts = {
      network: {
        ...healthy(1).network,
        routes: [...healthy(1).network.routes, { destination: "10.244.1.0/24", device: "flannel.1", family: 4 as const }],
      },
    };
    expect(ask("subnets", onControlPlane(facts))?.problem).toMatch(/overlaps the route 10\.244\.1\.0\/24 by flannel\.1/);
    expect(ask("subnets", onControlPlane({ ...facts, ...ours }))).toBeUndefined();
  });
});

test("containers on one machine are not told that they share its firmware", () => {
  const machine = { ...healthy(1).machine, virtualization: "systemd-nspawn" };
  expect(check("product-uuid-unique").appliesTo(onControlPlane({ machine }))).toBe(false);
});

describe("sessions of sshd", () => {
  const closed = { sshd: { maxSessions: 3, forwards: false } };

  test("are needed for connections, too, where it forbids forwarding, on hosts to which there are any", () => {
    expect(ask("ssh-sessions", onControlPlane({ sshd: { maxSessions: 2, forwards: true } }))).toBeUndefined();
    expect(ask("ssh-sessions", onControlPlane(closed))).toMatchObject({
      problem: "sshd takes 3 sessions at once on one connection (MaxSessions), a run needs 4 where it forbids forwarding",
      remedy: expect.stringContaining("AllowTcpForwarding to local"),
    });
    expect(ask("ssh-sessions", onWorker(closed))).toBeUndefined();
  });

  test("are no matter of a machine that is reached without", () => {
    const local = { ...onControlPlane().host, local: true };
    expect(ask("ssh-sessions", onControlPlane({ sshd: { maxSessions: 1 } }, { host: local }))).toBeUndefined();
  });
});

test("missing tools come with the command that installs them, in the distribution's own words", () => {
  const os = { id: "rocky", idLike: ["rhel", "centos", "fedora"], versionId: "9.6", pretty: "Rocky Linux 9.6" };
  const { ip: _, tar: __, ...commands } = healthy(1).commands;
  expect(ask("commands", onControlPlane({ commands }))?.remedy).toBe("apt-get install iproute2 tar");
  expect(ask("commands", onControlPlane({ commands, os }))?.remedy).toBe("dnf install iproute tar");
});

test("a missing kernel module is looked for in the distribution's own package", () => {
  const os = { id: "ubuntu", idLike: ["debian"], versionId: "24.04", pretty: "Ubuntu 24.04" };
  const modules = { ...healthy(1).modules, vxlan: "absent" } as const;
  expect(ask("vxlan-module", onControlPlane({ os, modules }))?.remedy).toMatch(/^apt-get install linux-modules-extra-6\.1\.0-18-amd64/);
});

test("a worker short of memory is warned, a control plane refused", () => {
  const machine = { ...healthy(1).machine, memory: 0.5 * GiB };
  expect(ask("memory", onWorker({ machine }))?.severity).toBe("warning");
  expect(ask("memory", onControlPlane({ machine }))?.severity).toBe("error");
});

test("swap is nobody's business when the kubelet is told to live with it", () => {
  const context = onControlPlane(
    { swap: { active: ["/swap.img"], fstab: [], units: [] } },
    { cluster: cluster({ kubelet: { failSwapOn: false } }) },
  );
  expect(check("swap").appliesTo(context)).toBe(false);
});

test("a firewall's remedy opens what this role needs", () => {
  const { remedy } = ask("firewall", onControlPlane({ systemd: running("firewalld") })) ?? {};
  expect(remedy).toMatch(/--add-port=6443\/tcp --add-port=2379\/tcp --add-port=2380\/tcp --add-port=10250\/tcp --add-port=8472\/udp/);
  expect(remedy).toMatch(/--zone=trusted --add-source=10\.244\.0\.0\/16/);
});

test("data that another distribution left is a warning, its running service an error", () => {
  const kubernetes = { ...healthy(1).kubernetes, distributions: ["k3s"] };
  expect(ask("other-distribution", onWorker({ kubernetes }))?.severity).toBe("warning");
  expect(ask("other-distribution", onWorker({ kubernetes, systemd: running("k3s-agent") }))?.severity).toBe("error");
});
