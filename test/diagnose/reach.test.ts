import { expect, test } from "vitest";
import { targetsOf } from "../../src/diagnose/reach.ts";
import { evidenceOf } from "./scene.ts";

test("an external etcd is tried at the port of its URL, also where that is its scheme's own", () => {
  const endpoints = ["https://10.77.0.31:2379", "https://etcd.example.com:443", "http://[fd00::31]:80"];
  const { cluster, hosts } = evidenceOf({ spec: { etcd: { mode: "external", external: { endpoints } } } });
  const [controlPlane] = hosts;
  if (controlPlane === undefined) throw new Error("the scene has a control plane");
  const targets = targetsOf(cluster, controlPlane.host).filter(({ component }) => component === "etcd");
  expect(targets.map(({ to, address, port }) => [to, address, port])).toEqual([
    ["https://10.77.0.31:2379", "10.77.0.31", 2379],
    ["https://etcd.example.com:443", "etcd.example.com", 443],
    ["http://[fd00::31]:80", "fd00::31", 80],
  ]);
});
