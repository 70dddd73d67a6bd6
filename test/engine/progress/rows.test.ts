import { describe, expect, test } from "vitest";
import { progressRows } from "../../../src/engine/progress/rows.ts";
import { painter } from "../../../src/shared/paint.ts";
import { begun, changed, done, failed, modelOf, planned, started } from "./events.ts";

const plain = painter(false);

describe("the rows of a terminal", () => {
  test("show phases with their hosts' counts, and what is waited for", () => {
    const model = modelOf([
      begun,
      planned("prepare-host", "Prepare the host", "h1", "h2", "h3"),
      planned("install-containerd", "Install containerd", "h1", "h2", "h3"),
      planned("start-control-plane", "Start the control plane", "h1"),
      planned("join-workers", "Join workers", "h2", "h3"),
      ...started("prepare-host", "h1", "h2", "h3"),
      ...changed("prepare-host", "h1", "/etc/hosts"),
      ...done("prepare-host", 1, "h1", "h2", "h3"),
      ...started("install-containerd", "h1", "h2", "h3"),
      ...done("install-containerd", 0, "h1", "h2"),
      { type: "bytes", host: "h3", sent: 41_000_000, total: 88_000_000 },
      ...started("start-control-plane", "h1"),
      { type: "waiting", phase: "start-control-plane", host: "h1", reason: "etcd answers" },
    ]);
    expect(progressRows(model, 22_000, plain)).toMatchInlineSnapshot(`
      [
        "demo  3 hosts  22.0 s",
        "1 phase done, 1 change",
        "Install containerd  2/3  8.0 s  h3: 41 MB of 88 MB sent",
        "Start the control plane  0/1  4.0 s  h1: etcd answers",
        "1 phase to come",
      ]
    `);
  });

  test("give a host of its own row when it is slow while others are done", () => {
    const model = modelOf([
      begun,
      planned("import-images", "Import images", "h1", "h2", "h3"),
      ...started("import-images", "h1", "h2", "h3"),
      ...done("import-images", 1, "h1"),
    ]);
    expect(progressRows(model, 11_000, plain).filter((row) => row.startsWith("slow"))).toEqual([]);
    expect(progressRows(model, 15_000, plain).filter((row) => row.startsWith("slow"))).toMatchInlineSnapshot(`
      [
        "slow: h2  Import images  12.0 s",
        "slow: h3  Import images  11.0 s",
      ]
    `);
  });

  test("name failed hosts and the last warning", () => {
    const model = modelOf([
      begun,
      planned("install-containerd", "Install containerd", "h1", "h2"),
      ...started("install-containerd", "h1", "h2"),
      failed("install-containerd", "h2", "no space left on device\nmore of it"),
      { type: "warning", text: "stopping" },
    ]);
    expect(progressRows(model, 5000, plain)).toMatchInlineSnapshot(`
      [
        "demo  3 hosts  5.0 s",
        "failed: h2  Install containerd: no space left on device",
        "warning: stopping",
        "Install containerd  0/2  3.0 s  h1",
      ]
    `);
  });

  test("are never more than 15, however large the fleet", () => {
    const hosts = Array.from({ length: 300 }, (_, index) => `h${index}`);
    const phases = Array.from({ length: 40 }, (_, index) => `phase-${index}`);
    const model = modelOf([
      begun,
      ...phases.map((phase) => planned(phase, phase, ...hosts)),
      ...phases.slice(0, 20).flatMap((phase) => [...started(phase, ...hosts.slice(0, 9)), ...done(phase, 1, "h0")]),
      ...hosts.slice(9).map((host) => failed("phase-0", host, "gone")),
      { type: "warning", text: "one" },
      { type: "warning", text: "two" },
    ]);
    expect(progressRows(model, 3_600_000, plain).length).toBeLessThanOrEqual(15);
  });
});
