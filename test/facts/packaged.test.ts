import { expect, test } from "vitest";
import { parseVersion } from "../../src/config/versions.ts";
import { packaged } from "../../src/facts/packaged.ts";

test.each([
  ["containerd", "containerd github.com/containerd/containerd/v2 v2.2.1 ", "v2.2.1"],
  ["containerd", "containerd containerd.io 1.7.28 b98a3aace656320842a23f4a392a33f46af97866", "v1.7.28"],
  // Of Debian 12 and 13.
  ["containerd", "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", "v1.6.20"],
  ["containerd", "containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6+b4", "v1.7.24"],
  ["kubelet", "Kubernetes v1.37.0-rc.1", "v1.37.0-rc.1"],
  ["kubelet", "Kubernetes v1.36.3-eks-113cf36", "v1.36.3-eks-113cf36"],
] as const)("%s that says %j is of a version that checks can read", (name, said, version) => {
  const found = packaged.parse(
    `@@ ${name}\nunit=/lib/systemd/system/${name}.service\npath=/usr/bin/${name}\n@@ ${name}-version\n${said}\n`,
    0,
  );
  expect(found[name]?.version).toBe(version);
  expect(parseVersion(found[name]?.version ?? "")?.text).toBe(version.slice(1));
});
