import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runKbs } from "./run-kbs.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kbs-plan-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const said = async (...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await runKbs(words, { cwd: directory });
  return `${code} ${stdout}${stderr.replaceAll(directory, "")}`;
};

describe("kbs apply", () => {
  test("takes a plan as its word; of a configuration it says how that is named", async () => {
    writeFileSync(join(directory, "kbs.yaml"), "kind: Cluster\n");
    expect(await said("apply", join(directory, "kbs.yaml"))).toBe(
      '2 error: /kbs.yaml is no plan that this kbs can apply: it is not JSON\n  next:     "kbs plan --out FILE" writes one; a configuration is named by -f\n',
    );
  });

  test("takes nothing beside a plan that the plan says itself", async () => {
    const told = "2 error: p.kbs says already which configuration and hosts it is for\n  next:     leave out --file and --limit\n";
    expect([await said("apply", "p.kbs", "-f", "kbs.yaml"), await said("apply", "p.kbs", "--limit", "h1")]).toEqual([told, told]);
  });

  test("refuses a plan whose configuration has changed, before any host is asked", async () => {
    const saved = {
      schema: "kbs/saved-plan/v1",
      configuration: { path: join(directory, "kbs.yaml"), sha256: "00" },
      cluster: { id: "0f0e", name: "demo", isNew: false },
      options: { limit: [], maxUnavailable: 1, keepGoing: false, ignorePreflight: [] },
      plan: {},
      facts: {},
    };
    writeFileSync(join(directory, "p.kbs"), JSON.stringify(saved));
    expect(await said("apply", join(directory, "p.kbs"))).toMatch(
      /^2 error: the plan \/p\.kbs no longer holds; nothing was changed\n  the configuration \/kbs\.yaml has changed since the plan was made\n/,
    );
  });
});

describe("kbs plan", () => {
  test("saves to a file whose name ends in .kbs, and takes no other word for output", async () => {
    expect(await said("plan", "-o", "yaml")).toBe(
      '2 error: --output "yaml" is not text, json, or a file whose name ends in .kbs\n  next:     --out FILE saves the plan under any name\n',
    );
  });
});
