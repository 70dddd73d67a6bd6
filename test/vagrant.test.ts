import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../src/config/load.ts";

const folder = join(import.meta.dirname, "../vagrant");
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const load = (env: Readonly<Record<string, string>>) => loadConfig(join(folder, "config.yaml"), { env });

describe("the configuration for Vagrant's machines", () => {
  test("is valid, without a warning: one control plane and two workers", async () => {
    const { cluster, warnings } = await load({});
    expect(warnings).toEqual([]);
    expect(cluster.hosts.map(({ roles }) => roles)).toEqual([["control-plane"], ["worker"], ["worker"]]);
  });

  test("names the machines of the Vagrantfile by their addresses", async () => {
    const { cluster } = await load({});
    const machines = [...read("Vagrantfile").matchAll(/^ {2}"(\w+)" => \{ address: "([\d.]+)"/gm)].map(([, name, address]) => ({
      name,
      address,
    }));
    expect(cluster.hosts.map(({ name, address }) => ({ name, address }))).toEqual(machines);
    expect(cluster.hosts.map(({ internalAddress }) => internalAddress)).toEqual(machines.map(({ address }) => address));
  });

  test.each([
    ["virtualbox", {}],
    ["libvirt", { VAGRANT_DEFAULT_PROVIDER: "libvirt" }],
  ])("finds the keys that Vagrant makes on %s", async (provider, env) => {
    const { cluster } = await load(env);
    for (const { name, ssh } of cluster.hosts) {
      expect(ssh.user).toBe("vagrant");
      expect(ssh.identityFile).toBe(join(folder, ".vagrant/machines", name, provider, "private_key"));
    }
  });
});

describe("the scripts that verify it", () => {
  const scripts = readdirSync(folder).filter((name) => name.endsWith(".sh"));

  test.each(scripts)("%s is sh", (name) => {
    expect(() => execFileSync("sh", ["-n", join(folder, name)], { stdio: "pipe" })).not.toThrow();
  });

  test.each(scripts.filter((name) => name.startsWith("verify-")))("%s states its promise, and can be run", (name) => {
    expect(read(name)).toMatch(/^#!\/bin\/sh\n# Promise: .+\.\n/);
    expect(statSync(join(folder, name)).mode & 0o111).toBe(0o111);
  });

  test("know the machines", async () => {
    const { cluster } = await load({});
    expect(read("lib.sh")).toContain(`machines='${cluster.hosts.map(({ name }) => name).join(" ")}'`);
  });
});
