import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { titleOf } from "../../src/commands/process-title.ts";
import { renderKubeconfig } from "../../src/pki/kubeconfig/kubeconfig.ts";
import { makeAuthority } from "../kube/certificates.ts";
import { withFolder } from "./run-kbs.ts";

const token = "abcdef.0123456789abcdef";
const key = "5e".repeat(32);
const hash = `sha256:${"a".repeat(64)}`;

test.each([
  [["init", "--dry-run"], undefined],
  [["join", "10.0.0.11:6443", "--token", token], "kbs join 10.0.0.11:6443 --token ***"],
  [["init", `--certificate-key=${key}`, "--upload-certs"], "kbs init --certificate-key=*** --upload-certs"],
  [["token", "create", token], "kbs token create ***"],
  [["token", "create", "--token"], undefined],
  [["join", "--discovery-token", "mistyped", "--tls-bootstrap-token=too"], "kbs join --discovery-token *** --tls-bootstrap-token=***"],
  [["join", "--discovery-token-ca-cert-hash", hash], undefined],
])("of %j the list of processes shows no secret", (argv, title) => {
  expect(titleOf(argv)).toBe(title);
});

test("a run that takes its time has its token and key nowhere in its line", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const main = join(import.meta.dirname, "../../src/main.ts");
  const words = ["token", "create", token, "--print-join-command", "--certificate-key", key, "--kubeconfig", "FILE"];
  try {
    await withFolder(async (cwd) => {
      const kubeconfig = `${cwd}/admin.conf`;
      const line = words.map((word) => (word === "FILE" ? kubeconfig : word));
      const authority = await makeAuthority();
      const admin = await authority.issue("admin", "/CN=admin");
      const text = renderKubeconfig({
        clusterName: "kubernetes",
        server: `https://127.0.0.1:${port}`,
        caPem: authority.cert,
        user: "admin",
        credentials: { certificatePem: admin.cert, keyPem: admin.key },
      });
      writeFileSync(kubeconfig, text, { mode: 0o600 });
      const asked = once(silent, "connection");
      const child = spawn(process.execPath, [main, ...line], { env: { PATH: process.env["PATH"], HOME: cwd }, stdio: "ignore" });
      try {
        await asked;
        const shown = readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
        expect(shown).toMatch(/^kbs token create \*\*\* --print-join-command --certificate-key \*\*\*/);
        expect(shown).not.toContain(token);
        expect(shown).not.toContain(key);
      } finally {
        child.kill("SIGKILL");
        rmSync(authority.directory, { recursive: true });
      }
    });
  } finally {
    silent.close();
  }
});
