import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultMinor } from "../lab/index.ts";
import { asFound, sinceFound } from "../support/as-found.ts";
import type { ParityCase } from "../support/parity/cases.ts";
import { parityCases } from "../support/parity/cases.ts";
import { compare } from "../support/parity/compare.ts";
import { normalise } from "../support/parity/normalise.ts";
import { judge, judgeLeft } from "../support/parity/observed.ts";
import type { Picture } from "../support/parity/picture.ts";
import { firstOf, kbsSide, kubeadmSide, must, pictureAtRest, type Side } from "../support/parity/sides.ts";

// The same configuration through kubeadm and through kbs, on hosts of the same name: what they leave on disk and in the API is the same, but for what
// docs/observed.md lists. KBS_PARITY_RECORD names a folder in which pictures are kept, to be compared again without hosts.

const record = process.env["KBS_PARITY_RECORD"];

const pictureOf = async (side: Side, kase: ParityCase): Promise<Picture> => {
  const { hosts } = side.lab;
  await side.prepare(kase);
  await side.init(kase);
  if (kase.joins) for (const host of hosts.slice(1)) await side.join(host, kase.joins);
  const picture = await pictureAtRest(side, hosts.at(-1) ?? firstOf(side.lab));
  if (record !== undefined) await writeFile(join(record, `${kase.id}-${side.tool}.json`), JSON.stringify(picture));
  return picture;
};

type Needs = Pick<ParityCase, "joins" | "kubernetes" | "ipv6">;

/** Hosts of both tools at once, which are removed however it ends. */
const withSides = async ({ joins, kubernetes, ipv6 }: Needs, work: (sides: readonly Side[]) => Promise<void>): Promise<void> => {
  const sides: Side[] = [];
  try {
    // One after another: a start that fails must not leave the other behind.
    for (const start of [kubeadmSide, kbsSide]) sides.push(await start(joins ? 2 : 1, kubernetes ?? defaultMinor, ipv6));
    await work(sides);
  } finally {
    for (const { lab } of sides) await lab.stop();
  }
};

test.each(parityCases.map((kase) => [kase.says, kase] as const))("%s: kbs leaves what kubeadm leaves", async (_says, kase) => {
  await withSides(kase, async (sides) => {
    const [kubeadm, kbs] = await Promise.all(sides.map((side) => pictureOf(side, kase)));
    if (!kubeadm || !kbs) throw new Error("two sides have two pictures");
    expect(judge(kase.id, compare(normalise(kubeadm), normalise(kbs)))).toEqual([]);
  });
});

/** Somebody's disks below the folders of a kubelet and of a runtime, and a rule of their own in the firewall. */
const ownThings = `for folder in /var/lib/kubelet/mine /var/lib/containerd/mine; do
  mkdir -p /srv$folder $folder; echo precious >/srv$folder/data; mount --bind /srv$folder $folder
done
iptables -A INPUT -p tcp --dport 4711 -j ACCEPT
nft add table inet mine`;

const plain: ParityCase = { id: "reset", says: "nothing of its own" };

test("a reset gives a host back as it was, with all that is its user's, outside of a short list", async () => {
  await withSides({}, async (sides) => {
    const left = await Promise.all(
      sides.map(async (side) => {
        const host = firstOf(side.lab);
        await side.prepare(plain);
        await must(host, ownThings);
        const before = await asFound([host]);
        await side.init(plain);
        await pictureAtRest(side, host);
        await side.reset(host);
        return sinceFound(before, await asFound([host]));
      }),
    );
    const [kubeadm = [], kbs = ["nothing was compared"]] = left;
    if (record !== undefined) await writeFile(join(record, "reset.json"), JSON.stringify({ kubeadm, kbs }, null, 1));
    expect(judgeLeft(kbs)).toEqual([]);
    // kubeadm leaves what a pod network, the kubelet and iptables have made.
    expect(kubeadm.length).toBeGreaterThan(kbs.length);
    const data = sides
      .filter(({ tool }) => tool === "kbs")
      .map(({ lab }) => must(firstOf(lab), "cat /var/lib/kubelet/mine/data /var/lib/containerd/mine/data"));
    expect(await Promise.all(data)).toEqual(["precious\nprecious\n"]);
  });
});
