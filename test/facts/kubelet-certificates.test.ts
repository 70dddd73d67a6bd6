import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kubeletCertificates } from "../../src/facts/kubelet-certificates.ts";

const block = (what: string, text: string): string => `-----BEGIN ${what}-----\n${text}\n-----END ${what}-----\n`;
const client = block("CERTIFICATE", "Y2xpZW50");
const serving = block("CERTIFICATE", "c2VydmluZw==");
const key = block("EC PRIVATE KEY", "c2VjcmV0");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kbs-kubelet-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

/** What the question's own script answers, over another folder. */
const ask = (place = folder): string =>
  execFileSync("sh", ["-c", kubeletCertificates.question.script.replace("/var/lib/kubelet/pki", place)], { encoding: "utf8" });

test("both certificates are read, and no key leaves the host", () => {
  write("kubelet-client-current.pem", client + key);
  write("kubelet.crt", serving);
  write("kubelet.key", key);
  expect(ask()).not.toContain("PRIVATE KEY");
  expect(kubeletCertificates.parse(ask(), 0)).toEqual({ client: client.trim(), serving: serving.trim() });
});

test("a serving certificate that the cluster signed counts before the kubelet's own", () => {
  write("kubelet.crt", client);
  write("kubelet-server-current.pem", serving + key);
  expect(kubeletCertificates.parse(ask(), 0)).toEqual({ serving: serving.trim() });
});

test("a host without a kubelet has none", () => {
  expect(kubeletCertificates.parse(ask(), 0)).toEqual({});
  expect(kubeletCertificates.parse(ask(join(folder, "nowhere")), 0)).toEqual({});
});
