import { expect, test } from "vitest";
import { defaultMinor, type KubernetesMinor, kubernetesReleases, startLab } from "../lab/index.ts";
import { asFound, sinceFound } from "../support/as-found.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { changed, expectDone, planBench } from "../support/plan-bench.ts";

// The minors that no other test has: a control plane and a worker each, from bare hosts and back.

const minors: readonly KubernetesMinor[] = ["1.35", "1.37"];

/** What is asked of the API, as `name version` of every node and every image of the control plane and of kube-system's pods. */
const versions =
  "get nodes,pods -n kube-system -o 'jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion}{.spec.containers[*].image}{\"\\n\"}{end}'";

const images: Readonly<Record<string, readonly string[]>> = {
  "1.35": ["etcd:3.6.6-0", "coredns/coredns:v1.13.1"],
  "1.37": ["etcd:3.7.0-0", "coredns/coredns:v1.14.6"],
};

const withOperator = async (
  kubernetes: KubernetesMinor,
  work: (bench: ReturnType<typeof planBench>, operator: Operator) => Promise<void>,
) => {
  const lab = await startLab({ hosts: 2, kubernetes });
  try {
    const operator = await operatorOf(lab);
    try {
      const before = await asFound(lab.hosts);
      await work(planBench(lab, operator), operator);
      expect(sinceFound(before, await asFound(lab.hosts))).toEqual([]);
    } finally {
      await operator.leave();
    }
  } finally {
    await lab.stop();
  }
};

test.each(minors)("Kubernetes %s: made from bare hosts, nothing to do the second time, kept as it is, and given back", async (minor) => {
  const release = kubernetesReleases[minor];
  await withOperator(minor, async (bench, operator) => {
    expectDone(await bench.apply(...bench.fleet));
    const told = await bench.kubectl(versions);
    expect(told.split("\n").filter((line) => /^h\d /.test(line))).toEqual([`h1 ${release}`, `h2 ${release}`]);
    for (const image of [`kube-apiserver:${release}`, `kube-proxy:${release}`, ...(images[minor] ?? [])]) expect(told).toContain(image);

    const again = await bench.apply(...bench.fleet);
    expectDone(again);
    expect(changed(again.events)).toEqual([]);

    // Neither a lower version nor an upgrade is begun, and nobody is asked for a bundle of it.
    await bench.edit(({ spec }) => void (spec.kubernetes.version = kubernetesReleases[defaultMinor]));
    const other = await bench.kbs("apply", ...bench.fleet, "--yes");
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`asks for Kubernetes ${kubernetesReleases[defaultMinor]}, but the API server of h1 runs ${release}`),
    });
    await bench.edit(({ spec }) => void (spec.kubernetes.version = release));

    const { code, stderr } = await operator.start(["delete", "cluster", "-f", "c.yaml", "--yes"]).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
});
