import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { pullImages } from "../../src/actions/pull-images.ts";
import { pulledText } from "../../src/commands/config/pulled-text.ts";
import { UserError } from "../../src/shared/errors.ts";
import { plainBody, type RealBody } from "../changes/contract/bodies.ts";
import { describeReal } from "../host/ssh/real.ts";
import { options } from "./options.ts";

// `kbs config images pull` without a bundle on a real machine, whose ctr keeps a list and knows one registry; test/full/init-phases.test.ts has containerd and a bundle.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ctr = `#!/bin/sh
[ "$1 $2 $3" = "-n k8s.io images" ] || exit 70
case $4 in
  ls) [ -e /run/up ] || exit 1; cat /run/kept ;;
  pull) case $5 in good.example/*) echo "$5" >>/run/kept ;; *) echo "ctr: failed to resolve $5: no such host" >&2; exit 1 ;; esac ;;
esac`;

describeReal("images for a machine", () => {
  let body: RealBody;
  beforeAll(async () => {
    body = await plainBody();
    await body.run(
      `cat >/usr/local/sbin/ctr <<'END'\n${ctr}\nEND\nrm -f /usr/local/sbin/crictl; : >/run/up; echo good.example/there:1 >/run/kept`,
    );
  });
  afterEach(() => body.forget());
  afterAll(() => body.stop());

  const connect = async () => {
    const { host } = await body.operator();
    return { host, counts: { channels: 0, bytesSent: 0, bytesReceived: 0 } };
  };

  const pull = async (...names: readonly string[]) => {
    return await pullImages({ ...options({ connect, file: "" }), names, version: "v1.36.3", isRoot: true });
  };

  test("that are there stay, others are pulled, and what became of each is said; nothing of kbs is left", async () => {
    const { outcome, ...pulled } = await pull("good.example/there:1", "good.example/new:2", "bad.example/none:3");
    expect(outcome.exit).toBe("phase");
    expect(pulledText(pulled).split("\n")).toEqual([
      "good.example/there:1 was there",
      "good.example/new:2 was pulled from its registry",
      "bad.example/none:3 could not be had: ctr: failed to resolve bad.example/none:3: no such host",
      "",
    ]);
    expect(await body.run("cat /run/kept; ls /var/lib/kbs 2>/dev/null || :")).toBe("good.example/there:1\ngood.example/new:2\n");
    expect(await pull("good.example/there:1", "good.example/new:2")).toMatchObject({ outcome: { exit: "done", changed: 0 } });
  });

  test("leave the bundles that are in kbs's own folder, and nothing else", async () => {
    body.files.write("/var/lib/kbs/bundles/theirs.tar", "theirs");
    expect(await pull("good.example/new:3")).toMatchObject({ outcome: { exit: "done", changed: 1 } });
    expect(Object.keys(body.files.tree("/var/lib/kbs"))).toEqual(["bundles", "bundles/theirs.tar"]);
  });

  test("find nobody who keeps them where no containerd answers, and that is said", async () => {
    await body.run("rm /run/up");
    await expect(pull("good.example/new:2")).rejects.toThrow(UserError);
    await expect(pull("good.example/new:2")).rejects.toThrow("no containerd answers here");
    await body.run(": >/run/up");
  });
});
