import { expect, test } from "vitest";
import { runKbs } from "../run-kbs.ts";

test.each([
  ["api-server", "did you mean apiserver?"],
  ["kubelet.conf", "it takes all, admin.conf"],
  ["nothing-like-it", "it takes all, admin.conf, apiserver,"],
])("kbs certs renew does not know %s, and says what it knows", async (word, hint) => {
  const { code, stderr } = await runKbs(["certs", "renew", word]);
  expect(code).toBe(2);
  expect(stderr).toContain(`kbs certs renew knows no certificate "${word}"`);
  expect(stderr).toContain(hint);
});
