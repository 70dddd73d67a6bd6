import type { Duplex } from "node:stream";
import type { Connected, FleetOptions } from "../../src/actions/options.ts";
import type { HostChange } from "../../src/changes/change.ts";
import type { Host } from "../../src/changes/host.ts";
import type { Message } from "../../src/changes/message.ts";
import type { ClusterHost } from "../../src/config/types.ts";
import { randomOf } from "../support/random.ts";
import type { Bare } from "./answers.ts";
import { type Life, liveIn } from "./api/life.ts";
import { type SimulatedApi, serveApi } from "./api/server.ts";
import { createStore, type Store } from "./api/store.ts";
import {
  connectSimulated,
  createPool,
  type Fault,
  type SimulatedMachine,
  type Surroundings,
  simulatedMachine,
  type Traits,
} from "./host.ts";
import { createUplink } from "./network.ts";

export interface FleetWish {
  readonly seed: number;
  /** Names, the control plane first. */
  readonly names: readonly string[];
  readonly faults?: ReadonlyMap<string, Fault>;
  /** How many times slower than usual some hosts are. */
  readonly slow?: ReadonlyMap<string, number>;
  /** Bytes in a second that leave the operator's machine. */
  readonly uplink?: number;
  /** What hosts are like, where they are to be like certain ones. */
  readonly bare?: ReadonlyMap<string, Bare>;
  /** Of Kubernetes, with the leading v. */
  readonly version: string;
  /** How many bytes one byte of the bundle stands for. */
  readonly scale: number;
}

interface Load {
  /** Hosts at which messages were under way at once, at most. */
  most: number;
  /** Messages that are under way, by host. */
  readonly now: Map<string, number>;
  messages: number;
}

/** Machines on a network, and the cluster that they become. */
export interface SimulatedFleet {
  readonly machines: ReadonlyMap<string, SimulatedMachine>;
  readonly store: Store;
  /** The way to one host. */
  readonly door: (name: string, signal: AbortSignal) => Promise<Host>;
  /** The way in for one operator. */
  readonly connect: NonNullable<FleetOptions["connect"]>;
  /** Messages that change something, and messages with content: at how many hosts at once, and how many there were in all. */
  readonly load: Readonly<Record<"change" | "blobs", Load>>;
  readonly requests: () => number;
  readonly bytes: () => number;
  readonly close: () => void;
}

const gigabit = 125_000_000;

/** In an address range of its own, for up to 65,000 hosts. */
export const addressOf = (nth: number): string => `10.32.${(nth + 10) >> 8}.${(nth + 10) & 255}`;

/** Hosts differ: 5 to 40 ms away, some faster than others. */
const traitsOf = ({ seed, faults, slow }: FleetWish, name: string): Traits => {
  const next = randomOf(seed, `traits of ${name}`);
  return {
    rtt: 5 + 35 * next(),
    slowness: (slow?.get(name) ?? 1) * (0.8 + 0.5 * next()),
    bandwidth: gigabit * (0.5 + 0.5 * next()),
    fault: faults?.get(name),
  };
};

/** Whether the API server knows the token by which a worker asks for its certificate. */
const isLetIn = (machine: SimulatedMachine, store: Store): boolean => {
  if (machine.hasJoined) return true;
  const text = machine.nodes.get("/etc/kubernetes/bootstrap-kubelet.conf")?.content.toString() ?? "";
  const [, id = "", secret = ""] = /token: ([a-z0-9]{6})\.([a-z0-9]{16})/.exec(text) ?? [];
  const known = store.get({ collection: "/api/v1/secrets", namespace: "kube-system", name: `bootstrap-token-${id}` });
  return JSON.stringify(known?.["data"] ?? "").includes(Buffer.from(secret).toString("base64"));
};

export const createFleet = (wish: FleetWish): SimulatedFleet => {
  const store = createStore();
  const keep = createPool();
  const [first = ""] = wish.names;
  const machines = new Map(
    wish.names.map((name, nth) => {
      const identity = { nth, name, address: addressOf(nth) };
      return [name, simulatedMachine(identity, traitsOf(wish, name), keep, wish.bare?.get(name))];
    }),
  );
  const load = {
    change: { most: 0, now: new Map<string, number>(), messages: 0 },
    blobs: { most: 0, now: new Map<string, number>(), messages: 0 },
  };
  const uplink = createUplink(wish.uplink ?? gigabit);
  let api: SimulatedApi | undefined;
  let life: Life | undefined;

  const startApi = ({ nodes }: SimulatedMachine): void => {
    const file = (path: string): Buffer => nodes.get(`/etc/kubernetes/pki/${path}`)?.content ?? Buffer.alloc(0);
    api = serveApi(store, { cert: file("apiserver.crt"), key: file("apiserver.key"), ca: file("ca.crt") }, wish.version);
    life = liveIn(store, api);
    void life.begin();
  };
  const join = (machine: SimulatedMachine): void => {
    machine.hasJoined = true;
    void life?.register({ node: machine.name, isControlPlane: machine.name === first, slowness: machine.traits.slowness });
  };
  const onMade = (machine: SimulatedMachine, change: HostChange): void => {
    if (change.kind === "command" && change.name.startsWith("run the control plane") && !api) {
      startApi(machine);
      join(machine);
    }
    const isKubelet = change.kind === "service" && change.unit === "kubelet.service";
    if (isKubelet && machine.name !== first && isLetIn(machine, store)) join(machine);
  };
  const onBusy = ({ name }: SimulatedMachine, message: Message, delta: 1 | -1): void => {
    // A first look changes nothing.
    if ((message.kind !== "change" && message.kind !== "blobs") || (message.kind === "change" && message.reading === "check")) return;
    const kind = load[message.kind];
    const own = (kind.now.get(name) ?? 0) + delta;
    if (own > 0) kind.now.set(name, own);
    else kind.now.delete(name);
    kind.most = Math.max(kind.most, kind.now.size);
    if (delta === 1) kind.messages++;
  };
  const dial = ({ name }: SimulatedMachine): Duplex | undefined => (name === first ? api?.dial() : undefined);
  const around: Surroundings = { scale: wish.scale, uplink, seed: wish.seed, onMade, onBusy, dial };
  const door: SimulatedFleet["door"] = (name, signal) => {
    const machine = machines.get(name);
    if (!machine) throw new Error(`${name} is not of this fleet`);
    return connectSimulated(machine, around, signal);
  };
  return {
    machines,
    store,
    load,
    requests: () => api?.requests() ?? 0,
    bytes: uplink.sent,
    door,
    connect: async ({ name }: ClusterHost, { signal }): Promise<Connected> => ({
      host: await door(name, signal),
      counts: { channels: 0, bytesSent: 0, bytesReceived: 0 },
    }),
    close: () => api?.close(),
  };
};
