import type { ImageWish } from "../changes/change.ts";
import type { Phase } from "../changes/phase.ts";
import { forgetScript } from "../changes/sh/forget.ts";
import { quote } from "../shared/quote.ts";
import type { ResetContext } from "./common/reset-context.ts";
import { everyHost } from "./context.ts";

/** What became of an image that was missing. */
export type Fetched = { readonly how: "imported" | "pulled" } | { readonly how: "failed"; readonly why: string };

/** Images for a machine that need not be of any cluster. */
export interface PullContext extends ResetContext {
  /** Those that a bundle has. */
  readonly bundled: readonly ImageWish[];
  /** Full names of all others. */
  readonly elsewhere: readonly string[];
  /** Told of each. */
  readonly tell: (name: string, fetched: Fetched) => void;
  /** Whether nothing of kbs was on the machine before: then nothing of it stays, and what was fetched is the machine's. */
  readonly leavesNothing: boolean;
}

/** Milliseconds for one image, over a slow line. */
const pullWithin = 600_000;

/** By the runtime's own interface, which knows its mirrors; crictl is not everywhere. */
const pull = (name: string): string => `
crictl=$(command -v crictl) && { "$crictl" -r unix:///run/containerd/containerd.sock pull ${quote(name)}; exit; }
hosts=; [ ! -d /etc/containerd/certs.d ] || hosts='--hosts-dir /etc/containerd/certs.d'
ctr -n k8s.io images pull $hosts ${quote(name)}`;

/** Gives: the images that a bundle has. */
const importBundled: Phase<PullContext> = {
  id: "import-bundled",
  title: "Import images of the bundle",
  hosts: everyHost,
  lane: "images",
  wish: ({ bundled }) => (bundled.length === 0 ? [] : [{ kind: "images", group: "pulled", images: bundled }]),
  act: async ({ bundled, tell }) => {
    for (const { name } of bundled) tell(name, { how: "imported" });
    return { changed: [] };
  },
};

const lastLines = (output: string): string => output.trim().split("\n").slice(-2).join(" ");

/** Gives: all others, from their registries. One that cannot be had keeps nobody from the rest. */
const pullOthers: Phase<PullContext> = {
  id: "pull-others",
  title: "Pull images",
  hosts: everyHost,
  needs: [{ phase: "import-bundled", on: "here" }],
  act: async ({ elsewhere, tell, door, ticket }, host, { signal, waiting }) => {
    const changed: string[] = [];
    for (const name of elsewhere) {
      waiting(name);
      const { records } = await door(host).send({ kind: "run", script: pull(name), ticket }, { signal, timeout: pullWithin });
      const [record] = records;
      if (record?.code === 0) changed.push(`image ${name}`);
      tell(name, record?.code === 0 ? { how: "pulled" } : { how: "failed", why: lastLines(record?.output.toString() ?? "") });
    }
    return { changed };
  },
};

const forget: Phase<PullContext> = {
  id: "forget",
  title: "Keep nothing of kbs",
  hosts: (context) => (context.leavesNothing ? everyHost(context) : []),
  needs: [{ phase: "pull-others", on: "here" }],
  act: async ({ door, ticket }, host, { signal }) => {
    await door(host).send({ kind: "run", script: forgetScript, ticket }, { signal, timeout: 60_000 });
    return { changed: [] };
  },
};

export const pullPhases: readonly Phase<PullContext>[] = [importBundled, pullOthers, forget];
