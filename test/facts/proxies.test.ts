import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hostFacts } from "../../src/facts/index.ts";

test("a proxy's password does not leave the host", () => {
  const folder = mkdtempSync(join(tmpdir(), "kbs-proxies-"));
  const file = join(folder, "environment");
  writeFileSync(
    file,
    [
      'PATH="/usr/bin:/bin"',
      'http_proxy="http://alice:s3cret@proxy.example.net:3128"',
      "HTTPS_PROXY=http://alice:p@ss/w0rd@proxy.example.net:3128",
      "all_proxy=alice:s3cret@proxy.example.net",
      "export no_proxy='localhost,.example.net'",
      "",
    ].join("\n"),
  );
  const { proxies } = hostFacts;
  const { stdout } = spawnSync("/bin/sh", ["-c", proxies.question.script.replaceAll("/etc/environment", file)], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(stdout).not.toMatch(/s3cret|w0rd|alice/);
  expect(proxies.parse(stdout, 0)).toEqual({
    http_proxy: "http://***@proxy.example.net:3128",
    https_proxy: "http://***@proxy.example.net:3128",
    all_proxy: "***@proxy.example.net",
    no_proxy: "localhost,.example.net",
  });
});
