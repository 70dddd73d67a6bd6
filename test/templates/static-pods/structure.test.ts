import { describe, expect, test } from "vitest";
import type { Arg, Cluster } from "../../../src/config/types.ts";
import {
  clientUrl,
  etcdPod,
  extraCaDirectories,
  kubeApiserverPod,
  kubeControllerManagerPod,
  kubeSchedulerPod,
} from "../../../src/templates/static-pods/index.ts";
import { caseNames, cases, firstNode } from "../cases.ts";
import { cluster, cp1, host, withKubernetes } from "../cluster.ts";
import { containersOf, podSpecOf } from "../pods.ts";

const input = (of: Cluster) => ({ cluster: of, node: cp1, image: "image:1", caDirectories: extraCaDirectories });
const flagsOf = (pod: Parameters<typeof containersOf>[0]): readonly string[] => containersOf(pod)[0]?.command ?? [];

describe.each(caseNames)("the static pods of %s", (name) => {
  const given = { ...input(cases[name]), node: firstNode(name) };
  const pods = [etcdPod(given), kubeApiserverPod(given), kubeControllerManagerPod(given), kubeSchedulerPod(given)];

  test.each(pods.map((pod) => [pod.metadata.name, pod] as const))("%s mounts what it has and probes a port it names", (component, pod) => {
    const { volumes } = podSpecOf(pod);
    const [container] = containersOf(pod);
    expect(container?.volumeMounts.map((mount) => mount.name).toSorted()).toEqual(volumes.map((volume) => volume.name));
    expect(volumes.every(({ hostPath }) => hostPath?.type !== undefined)).toBe(true);
    expect(container?.command?.[0]).toBe(component);
    const ports = container?.ports?.map((port) => port.name);
    for (const probe of [container?.livenessProbe, container?.readinessProbe, container?.startupProbe])
      expect(probe === undefined || ports?.includes(String(probe.httpGet.port))).toBe(true);
  });
});

const volumeNames = (caDirectories: readonly string[]): readonly string[] =>
  podSpecOf(kubeApiserverPod({ ...input(cluster), caDirectories })).volumes.map((volume) => volume.name);

test("volumes and variables that were asked for stand among the component's own, of which one gives way to its namesake", () => {
  const own = { name: "k8s-certs", hostPath: "/pki", mountPath: "/etc/kubernetes/pki", readOnly: true, pathType: "Directory" };
  const audit = { name: "audit", hostPath: "/var/log/audit", mountPath: "/audit", readOnly: false, pathType: "" };
  const extras = {
    extraVolumes: [own, audit],
    extraEnvs: [
      { name: "B", value: "2" },
      { name: "A", value: "1" },
      { name: "B", value: "3" },
    ],
  };
  const pod = kubeApiserverPod({
    ...input(withKubernetes({ apiServer: { ...cluster.kubernetes.apiServer, ...extras } })),
    caDirectories: [],
  });
  expect(podSpecOf(pod).volumes).toEqual([
    { name: "audit", hostPath: { path: "/var/log/audit", type: "" } },
    { name: "ca-certs", hostPath: { path: "/etc/ssl/certs", type: "DirectoryOrCreate" } },
    { name: "k8s-certs", hostPath: { path: "/pki", type: "Directory" } },
  ]);
  expect(containersOf(pod)[0]).toMatchObject({
    env: [
      { name: "A", value: "1" },
      { name: "B", value: "3" },
    ],
    volumeMounts: [{ name: "audit", mountPath: "/audit" }, { name: "ca-certs" }, { name: "k8s-certs", mountPath: "/etc/kubernetes/pki" }],
  });
});

test("proxy variables stand among those that were asked for, which win, and etcd has none", () => {
  const proxyVariables = [
    { name: "https_proxy", value: "http://p:3128" },
    { name: "NO_PROXY", value: ".svc" },
  ];
  const scheduler = { ...cluster.kubernetes.scheduler, extraEnvs: [{ name: "NO_PROXY", value: "10.0.0.0/8" }] };
  const wished = input({ ...withKubernetes({ scheduler }), proxyVariables });
  const pods = [etcdPod(wished), kubeApiserverPod(wished), kubeControllerManagerPod(wished), kubeSchedulerPod(wished)];
  const all = [
    { name: "NO_PROXY", value: ".svc" },
    { name: "https_proxy", value: "http://p:3128" },
  ];
  expect(pods.map((pod) => containersOf(pod)[0]?.env)).toEqual([undefined, all, all, [{ name: "NO_PROXY", value: "10.0.0.0/8" }, all[1]]]);
});

test("a directory of authorities is mounted only where the host has it", () => {
  expect(volumeNames([])).toEqual(["ca-certs", "k8s-certs"]);
  expect(volumeNames(["/etc/pki/tls/certs", "/opt/else"])).toEqual(["ca-certs", "etc-pki-tls-certs", "k8s-certs"]);
});

test("in 1.35.0 extra arguments are sorted among the defaults, later they come last in the user's order", () => {
  const extraArgs = [
    { name: "v", value: "4" },
    { name: "authorization-mode", value: "RBAC" },
  ];
  const scheduler = (version: string) => flagsOf(kubeSchedulerPod(input(withKubernetes({ version, scheduler: { extraArgs } }))));
  expect(scheduler("v1.35.0").slice(-3)).toEqual(["--kubeconfig=/etc/kubernetes/scheduler.conf", "--leader-elect=true", "--v=4"]);
  expect(scheduler("v1.35.0")).toContain("--authorization-mode=RBAC");
  for (const version of ["v1.35.1", "v1.36.0", "v1.37.0"])
    expect(scheduler(version).slice(-2)).toEqual(["--v=4", "--authorization-mode=RBAC"]);
});

const managerVolumes = (version: string, extraArgs: readonly Arg[] = []) =>
  podSpecOf(kubeControllerManagerPod(input(withKubernetes({ version, controllerManager: { extraArgs } })))).volumes;

test("only until 1.35 the controller manager sees the directory of FlexVolume plugins, writable", () => {
  const named = {
    name: "flexvolume-dir",
    hostPath: { path: "/usr/libexec/kubernetes/kubelet-plugins/volume/exec", type: "DirectoryOrCreate" },
  };
  expect(managerVolumes("v1.35.4")).toContainEqual(named);
  expect(managerVolumes("v1.35.4", [{ name: "flex-volume-plugin-dir", value: "/var/flex" }])).toContainEqual({
    ...named,
    hostPath: { ...named.hostPath, path: "/var/flex" },
  });
  expect(managerVolumes("v1.36.0").map((volume) => volume.name)).not.toContain("flexvolume-dir");
});

const flagsByAge = (version: string, tag?: string): readonly string[] => {
  const wished = withKubernetes({ version });
  const { supply } = wished;
  return flagsOf(etcdPod(input(tag === undefined ? wished : { ...wished, supply: { ...supply, images: { etcd: { tag } } } }))).filter(
    (flag) => /corrupt|progress|feature-gates/i.test(flag),
  );
};

test("only for 1.35 an etcd whose tag is older than 3.6, or says no version, gets the flags that it had then", () => {
  const now = ["--feature-gates=InitialCorruptCheck=true", "--watch-progress-notify-interval=5s"];
  const then = ["--experimental-initial-corrupt-check=true", "--experimental-watch-progress-notify-interval=5s"];
  expect([
    flagsByAge("v1.35.4"),
    flagsByAge("v1.35.4", "3.6.0-0"),
    flagsByAge("v1.36.3", "3.5.24-0"),
    flagsByAge("v1.37.0", "mine"),
  ]).toEqual([now, now, now, now]);
  expect([flagsByAge("v1.35.4", "3.5.24-0"), flagsByAge("v1.35.4", "mine")]).toEqual([then, then]);
});

test("a minor that nobody has looked at is refused by name", () => {
  expect(() => kubeSchedulerPod(input(withKubernetes({ version: "v1.38.0" })))).toThrow("kbs does not know Kubernetes v1.38.0");
});

test("a member that joins names all members, in their order, and a cluster that exists", () => {
  const joining = [
    { name: "cp0", peerUrl: "https://10.0.0.10:2380" },
    { name: "cp1", peerUrl: "https://10.0.0.11:2380" },
  ];
  const flags = flagsOf(etcdPod({ ...input(cluster), joining }));
  expect(flags).toContain("--initial-cluster=cp0=https://10.0.0.10:2380,cp1=https://10.0.0.11:2380");
  expect(flags).toContain("--initial-cluster-state=existing");
});

test("the API server asks etcd on hosts of its own at their internal addresses", () => {
  const dedicated: Cluster = {
    ...cluster,
    hosts: [cp1, host("e1", "10.0.0.31", ["etcd"]), host("e2", "10.0.0.32", ["etcd"])],
    etcd: { ...cluster.etcd, mode: "dedicated" },
  };
  const flags = flagsOf(kubeApiserverPod(input(dedicated)));
  expect(flags).toContain(`--etcd-servers=${clientUrl("10.0.0.31")},${clientUrl("10.0.0.32")}`);
  expect(flags).toContain("--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt");
});

test("of an external etcd's certificate directories a parent swallows its children, and visible ones are not mounted twice", () => {
  const external = {
    endpoints: ["https://e:2379"],
    caFile: "/etc/etcd/ca.crt",
    certFile: "/etc/etcd-client/tls.crt",
    keyFile: "/etc/etcd/deep/tls.key",
  };
  const volumes = (files: object) =>
    podSpecOf(
      kubeApiserverPod({
        ...input({ ...cluster, etcd: { ...cluster.etcd, mode: "external", external: { ...external, ...files } } }),
        caDirectories: [],
      }),
    )
      .volumes.filter((volume) => volume.name.startsWith("etcd-certs"))
      .map(({ hostPath }) => hostPath?.path);
  expect(volumes({})).toEqual(["/etc/etcd", "/etc/etcd-client"]);
  expect(
    volumes({ caFile: "/etc/ssl/certs/etcd.pem", certFile: "/etc/kubernetes/pki/c.crt", keyFile: "/etc/kubernetes/pki/c.key" }),
  ).toEqual([]);
});
