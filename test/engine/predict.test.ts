import { describe, expect, test } from "vitest";
import type { HostChange } from "../../src/changes/change.ts";
import { type Checked, predict } from "../../src/engine/predict.ts";

const file = (path: string): HostChange => ({ kind: "file", path, content: "", mode: 0o644 });
const service = (unit: string, ...inputs: string[]): HostChange => ({ kind: "service", unit, inputs });
const pod = (name: string, ...inputs: string[]): HostChange => ({ kind: "static-pod", name, inputs });
const found = (change: HostChange, differs = ""): Checked => ({ change, differs });

describe("a service", () => {
  const kubelet = service("kubelet.service", "/etc/k", "/usr/bin/kubelet");

  test("restarts when a file that it has loaded would be another, though it is as wished now", () => {
    const { consequences, restarts } = predict([found(file("/etc/k"), "content differs"), found(kubelet)]);
    expect([...consequences]).toEqual([["service:kubelet.service", "/etc/k changes"]]);
    expect(restarts).toEqual([{ what: "kubelet.service", running: true, because: ["/etc/k"] }]);
  });

  test("restarts for a file that it loads at its start and that is taken away later", () => {
    const joining: HostChange = { kind: "service", unit: "kubelet.service", inputs: ["/etc/k"], passing: ["/etc/token"] };
    const { restarts } = predict([found(file("/etc/token"), "absent"), found(joining)]);
    expect(restarts).toEqual([{ what: "kubelet.service", running: true, because: ["/etc/token"] }]);
  });

  test("does not restart for a mode or an owner, of which no process has loaded anything", () => {
    const { consequences, restarts } = predict([found(file("/etc/k"), "mode and owner are 600 0:0, not 644 0:0"), found(kubelet)]);
    expect([consequences.size, restarts]).toEqual([0, []]);
  });

  test("restarts for an executable that is written again, whatever the reason", () => {
    const binary: HostChange = {
      kind: "binary",
      path: "/usr/bin/kubelet",
      mode: 0o755,
      digest: "",
      blob: { digest: "", size: 1 },
      encoding: "raw",
    };
    const { restarts } = predict([found(binary, "mode and owner are 700 0:0, not 755 0:0"), found(kubelet)]);
    expect(restarts).toEqual([{ what: "kubelet.service", running: true, because: ["/usr/bin/kubelet"] }]);
  });

  test("that does not run is started, not restarted, and is no consequence of others", () => {
    const { consequences, restarts } = predict([
      found(file("/etc/k"), "absent"),
      found(kubelet, "not enabled, not running, runs with older inputs"),
    ]);
    expect([consequences.size, restarts]).toEqual([0, [{ what: "kubelet.service", running: false, because: ["/etc/k"] }]]);
  });

  test("is left alone when nothing of its own changes", () => {
    expect(predict([found(file("/etc/other"), "content differs"), found(kubelet)])).toEqual({ consequences: new Map(), restarts: [] });
  });
});

describe("a static pod", () => {
  const manifest = file("/etc/kubernetes/manifests/kube-scheduler.yaml");
  const scheduler = pod("kube-scheduler", "/etc/kubernetes/scheduler.conf");

  test("is restarted by the kubelet when its manifest changes, which is no change of its own", () => {
    const { consequences, restarts } = predict([found(scheduler), found(manifest, "content differs")]);
    expect([consequences.size, restarts]).toEqual([
      0,
      [{ what: "static pod kube-scheduler", running: true, because: ["/etc/kubernetes/manifests/kube-scheduler.yaml"] }],
    ]);
  });

  test("is restarted for a file that it loads only at its start, and once where both change", () => {
    const conf = file("/etc/kubernetes/scheduler.conf");
    const { consequences, restarts } = predict([found(conf, "content differs"), found(scheduler), found(manifest, "content differs")]);
    expect([...consequences]).toEqual([["static-pod:kube-scheduler", "/etc/kubernetes/scheduler.conf changes"]]);
    expect(restarts.map(({ what, because }) => [what, because.length])).toEqual([["static pod kube-scheduler", 2]]);
  });

  test("without a manifest does not run yet", () => {
    const { restarts } = predict([found(scheduler, "runs with older inputs"), found(manifest, "absent")]);
    expect(restarts.map(({ running }) => running)).toEqual([false]);
  });
});
