import { expect, test } from "vitest";
import { parse } from "yaml";
import { containerdConfigFile, crictlConfigFile } from "../../../src/templates/containerd/config.ts";
import { containerdUnit } from "../../../src/templates/containerd/unit.ts";
import { cluster } from "../cluster.ts";

const sandboxImage = "registry.k8s.io/pause:3.10.2";

test("containerd is told the cgroup driver, the sandbox image, the registries' folder and where CNI lies", () => {
  expect(containerdConfigFile(cluster, { sandboxImage }).content).toBe(`version = 3

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "registry.k8s.io/pause:3.10.2"

[plugins."io.containerd.cri.v1.images".registry]
config_path = "/etc/containerd/certs.d"

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/opt/cni/bin"]
conf_dir = "/etc/cni/net.d"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = true
`);
});

test("a user's fragment is laid over, except the version of the format", () => {
  const config = {
    version: 2,
    plugins: {
      "io.containerd.cri.v1.runtime": {
        restrict_oom_score_adj: true,
        containerd: { runtimes: { runc: { options: { SystemdCgroup: false } } } },
      },
    },
  };
  const { content } = containerdConfigFile({ runtime: { name: "containerd", config } }, { sandboxImage });
  expect(content).toContain('[plugins."io.containerd.cri.v1.runtime"]\nrestrict_oom_score_adj = true\n');
  expect(content).toContain("SystemdCgroup = false");
  expect(content).toContain('runtime_type = "io.containerd.runc.v2"');
  expect(content.startsWith("version = 3\n")).toBe(true);
});

test("crictl asks the socket that the kubelet asks", () => {
  const endpoint = "unix:///var/run/containerd/containerd.sock";
  expect(parse(crictlConfigFile(cluster).content)).toEqual({ "image-endpoint": endpoint, "runtime-endpoint": endpoint, timeout: 10 });
});

test("the unit lets containers live on when containerd stops, and leaves their cgroups to it", () => {
  for (const line of ["Type=notify", "KillMode=process", "Delegate=yes", "ExecStart=/usr/local/bin/containerd"])
    expect(containerdUnit.content.split("\n")).toContain(line);
});
