import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { addGuest, type Guest, type Lab, type LabHost, startLab } from "../lab/index.ts";
import {
  brokenBlobs,
  brokenImages,
  brokenLayers,
  diskTree,
  journalOn,
  lastWords,
  lostChanges,
  otherExecutables,
  treeDifferences,
} from "../support/disk-look.ts";
import { type Ended, type Operator, operatorOf, type Run } from "../support/operator.ts";
import { changesOf, troublesThatStay } from "../support/settle.ts";

// A worker that is a virtual machine, whose power is cut for real: its disk has a cache, and what was not flushed is lost.

interface Moment {
  readonly when: string;
  /** A script for the guest that ends once the moment has come. */
  readonly come: string;
  /** A change that is under way then: begun, and not done. */
  readonly open: string;
}

const journal = "/var/lib/kbs/journal";
const begun = (id: string): string => `until grep -qs 'begun ${id}$' ${journal}; do sleep 0.1; done`;

const moments: readonly Moment[] = [
  {
    when: "while executables are written",
    come: "until [ -e /usr/local/bin/.kbs-containerd~ ]; do sleep 0.05; done",
    open: "path:/usr/local/bin/containerd",
  },
  {
    when: "while images are imported",
    come: `${begun("images:node")}; until pidof ctr >/dev/null; do sleep 0.1; done; sleep 2`,
    open: "images:node",
  },
  { when: "while the kubelet starts and joins", come: begun("service:kubelet.service"), open: "service:kubelet.service" },
];

/** Milliseconds that an emulated processor on a busy machine may take until a moment has come. */
const patience = 900_000;

interface Scene {
  readonly lab: Lab;
  readonly controlPlane: LabHost;
  readonly guest: Guest;
  readonly operator: Operator;
  /** The guest's disk before its first boot. */
  readonly found: ReadonlyMap<string, string>;
}

let lab: Lab | undefined;
let operator: Operator | undefined;
let guest: Guest | undefined;

afterEach(async () => {
  await guest?.cutPower();
  await operator?.leave();
  await lab?.stop();
  [lab, operator, guest] = [undefined, undefined, undefined];
});

const newScene = async (): Promise<Scene> => {
  lab = await startLab({ hosts: 1 });
  guest = await addGuest(lab, 2);
  const found = await guest.look(diskTree);
  await guest.start();
  const [controlPlane = expect.fail("no host")] = lab.hosts;
  operator = await operatorOf({ ...lab, hosts: [controlPlane, guest] });
  return { lab, controlPlane, guest, operator, found };
};

const said = ({ code, stdout, stderr }: Ended): string => `ended with ${code}\n${stderr}\n${stdout.slice(-3000)}`;

/** Starts a run, cuts the guest's power at a moment of it, and gives how the run ended. */
const cutDuring = async ({ guest }: Scene, run: Run, { come }: Moment): Promise<Ended> => {
  const early = run.ended.then((ended) => expect.fail(`the run was over before the moment had come: it ${said(ended)}`));
  const moment = await Promise.race([guest.run(come, { timeout: patience }), early]);
  expect(moment.code, `the guest said ${moment.stderr}`).toBe(0);
  await guest.cutPower();
  early.catch(() => undefined);
  return run.ended;
};

/** What is on the guest's disk that must not be so after a power cut, whatever was under way. */
const broken = ({ found }: Scene, root: string): string[] => [...brokenImages(root, found), ...lostChanges(root)];

/** What is there that must not be so when a run has ended well. */
const unfinished = (scene: Scene, root: string): string[] => {
  const { controlPlane } = scene;
  const open = [...lastWords(journalOn(root).lines)].filter(([, word]) => word === "begun").map(([id]) => `${id} is still begun`);
  return [
    ...broken(scene, root),
    ...open,
    ...otherExecutables(root, controlPlane.rootDirectory).map((path) => `${path} is another one`),
    ...brokenBlobs(root).map((digest) => `containerd's blob ${digest} is damaged`),
    ...brokenLayers(root, `${controlPlane.varLibDirectory}/containerd`),
  ];
};

const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s";

/** Nodes and pods that are not ready. */
const notReady = async ({ controlPlane }: Scene): Promise<string[]> => {
  const script = `${kubectl} get nodes --no-headers | awk '$2 != "Ready"'; ${kubectl} get pods -A --no-headers | awk '{ split($3, n, "/") } n[1] != n[2]'`;
  const { code, stdout, stderr } = await controlPlane.run(script);
  return code === 0 ? stdout.split("\n").filter(Boolean) : [stderr];
};

describe("the power of a worker is cut", () => {
  test.each(moments)(
    "$when: the same command makes it whole, a further cut takes nothing, and the host can be given back",
    async (moment) => {
      const scene = await newScene();
      const { operator, guest, found } = scene;
      const kbs = (...words: readonly string[]): Promise<Ended> => operator.start(words).ended;

      const cut = await cutDuring(scene, operator.start(operator.create), moment);
      expect([4, 5], `the run that was cut ${said(cut)}`).toContain(cut.code);
      const left = await guest.look((root) => ({ broken: broken(scene, root), ...journalOn(root) }));
      expect(left.broken).toEqual([]);
      expect(left.torn).toBeLessThanOrEqual(1);
      expect(lastWords(left.lines).get(moment.open)).toBe("begun");

      await guest.start();
      const again = await operator.start([...operator.create, "-o", "json"]).ended;
      expect(again.code, `the plain rerun ${said(again)}`).toBe(0);
      // Nothing of what it has said may still be on its way to the disk.
      await guest.cutPower();
      expect(await guest.look((root) => unfinished(scene, root))).toEqual([]);

      await guest.start();
      expect(await troublesThatStay(() => notReady(scene), patience)).toEqual([]);
      const fleet = operator.create.slice(2).filter((word) => word !== "--yes");
      const plan = await kbs("plan", ...fleet, "--detailed-exitcode");
      expect(plan.code, `the plan ${said(plan)}\n${plan.stdout}`).toBe(0);
      const third = await operator.start([...operator.create, "-o", "json"]).ended;
      expect([third.code, changesOf(third)], `a further run ${said(third)}`).toEqual([0, 0]);

      const gone = await kbs("delete", "cluster", "-f", "c.yaml", "--yes");
      expect(gone.code, `delete ${said(gone)}`).toBe(0);
      await guest.cutPower();
      expect(treeDifferences(found, await guest.look(diskTree))).toEqual([]);
    },
  );
});

/** Writes past the guest's own cache, so that all of it is in the disk's. */
const direct = (letter: string, conversion: string): string =>
  `yes ${letter} | dd of=/srv/f bs=4096 count=16 iflag=fullblock oflag=direct conv=${conversion}`;

test("a guest's disk loses what was not flushed, and keeps what was", async () => {
  const { guest } = await newScene();
  // Nobody else may flush for the file's sake: ext4 would, every 5 s.
  const script = `mount -o remount,commit=300 / && ${direct("a", "fsync")} && ${direct("b", "notrunc")} && head -c 1 /srv/f`;
  const { code, stdout, stderr } = await guest.run(script, { timeout: patience });
  expect([code, stdout], `the guest said ${stderr}`).toEqual([0, "b"]);
  await guest.cutPower();
  expect(await guest.look((root) => readFileSync(join(root, "srv/f"), "utf8"))).toBe("a\n".repeat(32_768));
});
