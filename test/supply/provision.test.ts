import { describe, expect, test } from "vitest";
import type { PackagedFact } from "../../src/facts/packaged.ts";
import { binariesFor } from "../../src/supply/binaries.ts";
import { imageNames, imagesFor } from "../../src/supply/images.ts";
import { canDoWithout, needsBundle, provisionOf } from "../../src/supply/provision.ts";
import { cluster, packagedContainerd, packagedKubelet } from "../preflight/hosts.ts";

const wished = cluster();
const withoutNetwork = cluster({}, { network: { plugin: "none" } });
const here = { local: true, roles: ["control-plane"] } as const;
const kubelet = packagedKubelet;
const containerd = { ...packagedContainerd, cniBinDirectory: "/opt/cni/bin" };
const images = imagesFor(here.roles, withoutNetwork);
const prepared: PackagedFact = { kubelet, containerd, images, programs: ["/opt/cni/bin/loopback", "/usr/bin/kubectl"] };

describe("a machine on which packages have brought everything", () => {
  test("is used as it is, and needs no bundle", () => {
    const provision = provisionOf(here, withoutNetwork, prepared);
    expect(provision).toMatchObject({ kubelet, containerd, binaries: [], images: [] });
    expect(needsBundle(provision)).toBe(false);
  });

  test("gets what is missing for the pod network, where its containerd looks for plugins", () => {
    const fedora = {
      ...prepared,
      containerd: { ...containerd, cniBinDirectory: "/usr/libexec/cni" },
      programs: ["/usr/libexec/cni/bridge"],
    };
    const { binaries, images: missing } = provisionOf(here, wished, fedora);
    const folder = "/usr/libexec/cni";
    expect(binaries.map(({ path }) => path)).toEqual(["loopback", "host-local", "portmap", "flannel"].map((name) => `${folder}/${name}`));
    expect(missing).toEqual([imageNames(wished).flannel]);
  });

  test("keeps its own image for sandboxes, which must be there", () => {
    const other = { ...prepared, containerd: { ...containerd, sandboxImage: "example.com/pause:1" } };
    expect(provisionOf(here, withoutNetwork, other).images).toEqual(["example.com/pause:1"]);
  });

  test("is a host like any other where it is one of a fleet", () => {
    const { roles } = here;
    const provision = provisionOf({ local: false, roles }, wished, prepared);
    expect(provision).toEqual({ binaries: binariesFor(roles, "flannel"), images: imagesFor(roles, wished) });
  });
});

test("what a machine can do without is images, and on a worker the plugins of a pod network", () => {
  const lacks = { ...prepared, images: [], programs: [] };
  const worker = { local: true, roles: ["worker"] } as const;
  expect(canDoWithout(provisionOf(here, withoutNetwork, lacks), here)).toBe(true);
  expect(canDoWithout(provisionOf(here, wished, lacks), here)).toBe(false);
  expect(canDoWithout(provisionOf(worker, wished, lacks), worker)).toBe(true);
  expect(canDoWithout(provisionOf(worker, wished, { images: [], programs: [] }), worker)).toBe(false);
});

const names = (packaged: PackagedFact): readonly string[] => provisionOf(here, wished, packaged).binaries.map(({ name }) => name);

describe("kbs brings its own", () => {
  test("kubelet where the one that is there does not read kubeadm's files", () => {
    expect(names({ ...prepared, kubelet: { ...kubelet, forKubeadm: false } })).toContain("kubelet");
    expect(names(prepared)).not.toContain("kubelet");
  });

  test("containerd where the one that is there does not answer kubelets, and then all of its images", () => {
    const silent = { ...prepared, containerd: { ...containerd, answers: false } };
    expect(names(silent)).toEqual(expect.arrayContaining(["containerd", "runc", "ctr", "loopback"]));
    expect(provisionOf(here, wished, silent).images).toEqual(imagesFor(here.roles, wished));
  });
});
