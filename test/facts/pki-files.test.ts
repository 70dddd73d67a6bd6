import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pkiFiles } from "../../src/facts/index.ts";

let root = "";
const files: Readonly<Record<string, readonly [string | Buffer, number]>> = {
  "pki/ca.crt": ["-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n", 0o644],
  "pki/ca.key": ["-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", 0o600],
  "pki/etcd/ca.crt": ["", 0o644],
  "pki/odd name": [Buffer.from([0, 10, 13, 255, 64, 64, 32, 10]), 0o640],
  "admin.conf": ["@@ files\n600 4 /etc/passwd\n", 0o600],
};

const ask = (): { readonly output: string; readonly code: number } => {
  const { status, stdout } = spawnSync("/bin/sh", ["-c", pkiFiles.question.script.replaceAll("/etc/kubernetes", root)], {
    encoding: "utf8",
  });
  return { output: stdout, code: status ?? 1 };
};

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "kbs-pki-"));
  mkdirSync(join(root, "pki/etcd"), { recursive: true });
  for (const [path, [content, mode]] of Object.entries(files)) {
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  }
  symlinkSync(join(root, "pki/ca.key"), join(root, "pki/sa.key"));
  writeFileSync(join(root, "other.conf"), "not asked for");
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the files of a control plane", () => {
  test("arrive byte for byte with their modes, links followed", () => {
    const { output, code } = ask();
    const heard = pkiFiles.parse(output, code);
    const expected = { ...files, "pki/sa.key": files["pki/ca.key"] ?? ["", 0] };
    expect([...(heard ?? [])].map(([path]) => path).toSorted()).toEqual(
      Object.keys(expected)
        .map((path) => join(root, path))
        .toSorted(),
    );
    for (const [path, [content, mode]] of Object.entries(expected)) {
      expect(heard?.get(join(root, path))).toEqual({ mode, content: Buffer.from(content) });
    }
  });

  test("that change while they are read are read again", () => {
    const [changing, flag] = [join(root, "pki/odd name"), join(root, "changed")];
    const once = `stat() { command stat "$@"; [ -e '${flag}' ] || { : >'${flag}'; printf x >>'${changing}'; }; }\n`;
    const script = once + pkiFiles.question.script.replaceAll("/etc/kubernetes", root);
    const { status, stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
    const [content, mode] = files["pki/odd name"] ?? ["", 0];
    writeFileSync(changing, content);
    expect(pkiFiles.parse(stdout, status ?? 1)?.get(changing)).toEqual({
      mode,
      content: Buffer.concat([Buffer.from(content), Buffer.from("x")]),
    });
  });

  test("include what an attempt has made for a kubelet that has no kubeconfig yet, the newest last, and not once it has one", () => {
    const kubelet = mkdtempSync(join(tmpdir(), "kbs-kubelet-"));
    const names = ["kubelet-client-2026-11-21-10-00-00.pem", "kubelet-client-2026-11-21-10-00-09.pem"];
    for (const name of [...names.toReversed(), "kubelet.crt"]) writeFileSync(join(kubelet, name), name);
    symlinkSync(names[1] ?? "", join(kubelet, "kubelet-client-current.pem"));
    const heard = (): string[] => {
      const script = pkiFiles.question.script.replaceAll("/etc/kubernetes", root).replaceAll("/var/lib/kubelet/pki", kubelet);
      const { status, stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
      return [...(pkiFiles.parse(stdout, status ?? 1) ?? new Map()).keys()].filter((path) => path.startsWith(kubelet));
    };
    expect(heard()).toEqual(names.map((name) => join(kubelet, name)));
    writeFileSync(join(root, "kubelet.conf"), "");
    expect(heard()).toEqual([]);
    rmSync(join(root, "kubelet.conf"));
    rmSync(kubelet, { recursive: true });
  });

  test("are marked as secret", () => {
    expect(pkiFiles.question.secret).toBe(true);
  });

  test("are none on a fresh host", () => {
    expect(pkiFiles.parse("", 0)).toEqual(new Map());
  });

  test("are not known, rather than none, when the answer is cut or the question failed", () => {
    const { output } = ask();
    expect(pkiFiles.parse(output.slice(0, -30), 0)).toBeUndefined();
    expect(pkiFiles.parse(output, 75)).toBeUndefined();
  });
});
