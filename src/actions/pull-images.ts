import { randomUUID } from "node:crypto";
import type { ImageWish } from "../changes/change.ts";
import type { Host } from "../changes/host.ts";
import type { Ticket } from "../changes/message.ts";
import { runPhases } from "../engine/run.ts";
import { readFact } from "../facts/index.ts";
import { ownership } from "../facts/ownership.ts";
import { remains } from "../facts/remains.ts";
import { runtimeImages } from "../facts/runtime-images.ts";
import { type Fetched, type PullContext, pullPhases } from "../phases/pull-images.ts";
import { UserError } from "../shared/errors.ts";
import type { Bundle } from "../supply/bundle.ts";
import { findBundle, isBundleThere } from "../supply/find-bundle.ts";
import { selectImages } from "../supply/select.ts";
import { connectFleet } from "./fleet/connect.ts";
import { refuseOrdinaryUser, thisMachine } from "./fleet/here.ts";
import { withLeases } from "./fleet/lease.ts";
import { doorOf, hostsOnly } from "./give-back.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";

interface PullOptions extends FleetOptions {
  /** Full names of the images, in the order in which they are told. */
  readonly names: readonly string[];
  /** Of Kubernetes, with the leading v: which bundle fits. */
  readonly version: string;
  readonly isRoot: boolean;
}

/** What became of an image. */
export interface PulledImage {
  readonly name: string;
  readonly what: Fetched | { readonly how: "there" };
}

interface Pulled {
  readonly outcome: ActionOutcome;
  readonly images: readonly PulledImage[];
  /** Path of the bundle, where there was one. */
  readonly bundle?: string;
}

interface Found {
  readonly images: ReadonlySet<string>;
  readonly ticket: Ticket;
  /** kbs has something on the machine. */
  readonly isKnown: boolean;
}

const look = async (door: Host, run: string, signal: AbortSignal): Promise<Found> => {
  const questions = [runtimeImages, ownership, remains].map(({ question }) => question);
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  const images = readFact(runtimeImages, questions, records);
  if (!images) {
    throw new UserError("no containerd answers here (ctr -n k8s.io images ls), which could keep images", {
      exit: "preflight",
      hint: 'start it (systemctl enable --now containerd), or install it; "kbs init phase kubelet-start" brings it with the images',
    });
  }
  const owner = readFact(ownership, questions, records);
  const isKnown = owner !== undefined || readFact(remains, questions, records) === true;
  return { images, isKnown, ticket: { cluster: { id: owner?.id ?? "", name: owner?.name ?? "" }, run } };
};

/** The machine's own platform, as images name it. */
const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };

const bundleFor = async ({ version, bundle: named }: PullOptions): Promise<Bundle | undefined> => {
  const wish = {
    kubernetesVersion: version,
    platform,
    ...(named !== undefined && { named }),
    workingDirectory: process.cwd(),
    environment: process.env,
  };
  return (await isBundleThere(wish)) ? await findBundle(wish) : undefined;
};

const there = (name: string): PulledImage => ({ name, what: { how: "there" } });

/** Fetches what is missing, under the machine's lease. */
const fetchMissing = async (door: Host, found: Found, bundle: Bundle | undefined, missing: readonly string[], options: PullOptions) => {
  const { bus, concurrency } = options;
  const told = new Map<string, Fetched>();
  const machine = thisMachine();
  const bundled: readonly ImageWish[] = bundle
    ? selectImages(
        bundle,
        missing.filter((name) => bundle.images.has(name)),
      )
    : [];
  const context: PullContext = {
    hosts: [machine],
    touched: new Set([machine.name]),
    door: () => door,
    ticket: found.ticket,
    bundled,
    elsewhere: missing.filter((name) => !bundled.some((image) => image.name === name)),
    tell: (name, fetched) => void told.set(name, fetched),
    leavesNothing: !found.isKnown,
  };
  const doors = {
    ...hostsOnly(() => door),
    readBlob: async function* (blob: Parameters<Bundle["read"]>[0], offset: number) {
      if (!bundle) throw new Error("no bundle was opened");
      await bundle.verify([blob]);
      yield* bundle.read(blob, offset);
    },
  };
  const { exit, changed } = await withLeases([door], found.ticket, options, async (signal) => {
    const first = machine.name;
    const ran = await runPhases({ phases: pullPhases, context, first, doors, ticket: found.ticket, bus, signal, concurrency });
    const failed = [...told.values()].some(({ how }) => how === "failed");
    const exits = ran.failures.map(({ error }) => error.exit);
    return { exit: options.signal.aborted ? "interrupted" : worstExit([...exits, failed ? "phase" : "done"]), changed: ran.changed };
  });
  return { told, exit, changed };
};

/**
 * Brings images to the machine's containerd: from the bundle where that has them, else from their registries by containerd itself.
 * @throws UserError when kbs is not root, and where no containerd answers
 */
export const pullImages = async (options: PullOptions): Promise<Pulled> => {
  refuseOrdinaryUser(options.isRoot, "config images pull", options.command);
  const machine = thisMachine();
  const run = randomUUID();
  const fleet = await connectFleet([machine], options);
  try {
    const [unreached] = fleet.failures.values();
    if (unreached) throw unreached;
    const door = doorOf(fleet)(machine.name);
    const found = await look(door, run, options.signal);
    const missing = options.names.filter((name) => !found.images.has(name));
    options.bus.emit({ type: "run-started", run, command: options.command, cluster: found.ticket.cluster.name, hosts: [machine.name] });
    if (missing.length === 0) return { outcome: { exit: "done", changed: 0, next: [] }, images: options.names.map(there) };
    const bundle = await bundleFor(options);
    try {
      const { told, exit, changed } = await fetchMissing(door, found, bundle, missing, options);
      const images = options.names.map((name): PulledImage => {
        if (!missing.includes(name)) return there(name);
        return { name, what: told.get(name) ?? { how: "failed", why: "it was not tried" } };
      });
      return { outcome: { exit, changed, next: [] }, images, ...(bundle && { bundle: bundle.path }) };
    } finally {
      await bundle?.close();
    }
  } finally {
    await fleet.close();
  }
};
