import { KubeError } from "../../../src/kube/error.ts";
import type { Etcd, EtcdEndpoint, EtcdMember } from "../../../src/kube/etcd/types.ts";

/** An etcd in memory: it keeps its list of members as a real one does, and refuses in its words. */
export interface FakeEtcd extends Etcd {
  list: EtcdMember[];
  /** What it refuses with, once each, before it does anything. */
  readonly troubles: KubeError[];
  /** Members, by name, that do not answer. */
  readonly dead: Set<string>;
  /** What was asked of it that changes it. */
  readonly done: string[];
}

export const refusal = (reason: string, code = 400): KubeError =>
  new KubeError(`etcd at cp1 refused: ${reason}`, { code, reason, transient: code === 503 });

export const member = (name: string, nth: number, changes: Partial<EtcdMember> = {}): EtcdMember => ({
  id: String(100 + nth),
  name,
  peerUrls: [`https://10.0.0.${nth}:2380`],
  clientUrls: name === "" ? [] : [`https://10.0.0.${nth}:2379`],
  isLearner: false,
  ...changes,
});

/** Endpoints are known by what they describe: a member's name. */
export const endpoint = (name: string): EtcdEndpoint => ({ describe: name, dial: () => Promise.reject(new Error("not dialled")) });

const tooMany = "etcdserver: too many learner members in cluster";

export const fakeEtcd = (list: readonly EtcdMember[]): FakeEtcd => {
  const refuse = (): void => {
    const trouble = etcd.troubles.shift();
    if (trouble) throw trouble;
  };
  const change = (id: string, next: Partial<EtcdMember>): void => {
    etcd.list = etcd.list.map((one) => (one.id === id ? { ...one, ...next } : one));
  };
  const statusOf = (name: string): EtcdMember => {
    const found = etcd.list.find((one) => one.name === name);
    if (!found || etcd.dead.has(name)) throw new KubeError(`${name} does not answer`, { code: 0, reason: "NoAnswer", transient: true });
    return found;
  };
  const status = (name: string) => {
    const { id, isLearner } = statusOf(name);
    return Promise.resolve({ memberId: id, version: "3.6.8", leader: "1", size: 1, isLearner, errors: [] });
  };
  const etcd: FakeEtcd = {
    list: [...list],
    troubles: [],
    dead: new Set(),
    done: [],
    members: () => Promise.resolve(etcd.list),
    addLearner: async (peerUrl) => {
      refuse();
      if (etcd.list.some(({ isLearner }) => isLearner)) throw refusal(tooMany);
      etcd.done.push(`add ${peerUrl}`);
      etcd.list.push({ id: String(900 + etcd.list.length), name: "", peerUrls: [peerUrl], clientUrls: [], isLearner: true });
      return await Promise.resolve(etcd.list);
    },
    promote: async (id) => {
      refuse();
      await Promise.resolve(change(id, { isLearner: false }));
      etcd.done.push(`promote ${id}`);
    },
    remove: async (id) => {
      refuse();
      etcd.list = await Promise.resolve(etcd.list.filter((one) => one.id !== id));
      etcd.done.push(`remove ${id}`);
    },
    status: () => status("cp1"),
    snapshot: () => Promise.resolve(),
    by: (...[first]) => ({ ...etcd, status: async () => await status(first?.describe.split(" ")[0] ?? "") }),
    close: () => undefined,
  };
  return etcd;
};
