import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { plainBody, type RealBody } from "../../changes/contract/bodies.ts";
import { describeReal } from "../../host/ssh/real.ts";
import { typedIn } from "../../support/typed-in-sandbox.ts";

// `kbs init` on machines that it must leave alone; test/cluster has one that it may make a control plane.

vi.setConfig({ testTimeout: 120_000 });

const token = "abcdef.0123456789abcdef";

describeReal("this machine", () => {
  let body: RealBody;
  beforeAll(async () => {
    body = await plainBody();
  });
  afterEach(() => body.forget());
  afterAll(() => body.stop());

  const init = async (...words: readonly string[]) => {
    const address = ["--apiserver-advertise-address", "10.9.0.4"];
    return await typedIn(body.sandbox, ["HOME=/run/home", "KBS_BUNDLE=/nowhere.tar"], ["init", ...address, ...words]);
  };

  /** Everything that kbs has kept of its runs. */
  const kept = (): string => {
    const folder = body.sandbox.at("/run/home/.local/state/kbs");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
  };

  test("that belongs to another cluster of kbs is refused, and nothing that is kept has the token of the command line", async () => {
    body.files.write("/var/lib/kbs/cluster", "0b5a8c9e demo\n");
    const { code, stdout, stderr } = await init("--token", token);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("this machine belongs to the cluster demo already");
    expect(stderr).toContain("kbs reset gives the machine back");
    expect(kept()).toContain("--token ***");
    expect(kept() + stderr).not.toContain(token);
    expect(kept() + stderr).not.toContain(token.slice(7));
    expect(body.files.read("/var/lib/kbs/cluster")?.toString()).toBe("0b5a8c9e demo\n");
    body.files.remove("/var/lib/kbs");
  });

  test("without a bundle is left as it is, with what to do", async () => {
    const { code, stderr } = await init();
    expect(code).toBe(2);
    expect(stderr).toContain("/nowhere.tar");
  });

  test("is asked for nothing when a flag is wrong", async () => {
    expect(await init("--pod-network-cidr", "10.50.0.0")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--pod-network-cidr: "),
    });
    expect(await init("--token", "secret")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--token: this is not a bootstrap token"),
    });
    expect(await init("--apiserver-bind-port", "70000")).toMatchObject({ code: 2, stderr: expect.stringContaining("is not a port") });
    expect(await init("--ignore-preflight-errors", "Swop")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean swap?"),
    });
  });
});
