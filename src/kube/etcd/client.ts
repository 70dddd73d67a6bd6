import { KubeError } from "../error.ts";
import { type ExchangeOptions, exchange, type Request } from "../exchange.ts";
import { patiently } from "../patience.ts";
import { keepSession } from "../session.ts";
import type { CallOptions } from "../types.ts";
import type { Etcd, EtcdEndpoint, EtcdMember, EtcdOptions, EtcdStatus } from "./types.ts";

/** Milliseconds for one try: etcd itself gives up a request after 7 s (server/config, ReqTimeout). */
const defaultTimeout = 8000;
/** Milliseconds for a whole snapshot. */
const snapshotWithin = 600_000;

/** The name that every member's certificate holds, by whichever way it is reached. */
const serverName = "localhost";

/** Answers of the JSON gateway leave out what is zero, false or empty, and write numbers of 64 bits as texts. */
interface RawMember {
  readonly ID: string;
  readonly name?: string;
  readonly peerURLs?: readonly string[];
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
}

interface RawStatus {
  readonly header: { readonly member_id: string };
  readonly version: string;
  readonly leader?: string;
  readonly dbSize?: string;
  readonly isLearner?: boolean;
  readonly errors?: readonly string[];
}

interface RawPiece {
  readonly result?: { readonly blob?: string };
  readonly error?: { readonly message?: string };
}

const memberOf = ({ ID, name = "", peerURLs = [], clientURLs = [], isLearner = false }: RawMember): EtcdMember => ({
  id: ID,
  name,
  peerUrls: peerURLs,
  clientUrls: clientURLs,
  isLearner,
});

const membersOf = (body: string): readonly EtcdMember[] => {
  const { members = [] }: { members?: readonly RawMember[] } = JSON.parse(body);
  return members.map(memberOf);
};

const statusOf = (body: string): EtcdStatus => {
  const { header, version, leader = "0", dbSize = "0", isLearner = false, errors = [] }: RawStatus = JSON.parse(body);
  return { memberId: header.member_id, version, leader, size: Number(dbSize), isLearner, errors };
};

const wordOf = (body: string): string => {
  try {
    const { message = "" }: { message?: string } = JSON.parse(body);
    return message || body;
  } catch {
    return body;
  }
};

/** What another member may answer better: this one has no vote yet, or no leader. */
const passesOver = /not supported for learner|no leader|leader changed|server stopped|timed out|does not support/;

/** The error for an answer of 400 or above: `reason` is etcd's own word. */
const etcdRefused = (what: string, describe: string, code: number, body: string): KubeError => {
  const reason = wordOf(body).trim().slice(0, 500);
  return new KubeError(`etcd at ${describe} refused to ${what}: ${reason}`, {
    code,
    reason,
    transient: code === 503 || code === 504 || passesOver.test(reason),
  });
};

const noAnswer = (what: string, describe: string, cause: unknown): KubeError =>
  new KubeError(`etcd at ${describe} does not answer (asked to ${what}): ${cause instanceof Error ? cause.message : String(cause)}`, {
    code: 0,
    reason: "NoAnswer",
    transient: true,
    cause,
  });

type How = Pick<ExchangeOptions, "timeout" | "onLine">;

/** One endpoint: a connection that is kept while it lives. */
const openEndpoint = ({ dial, describe }: EtcdEndpoint, options: EtcdOptions, ended: AbortSignal) => {
  const { ca, cert, key } = options;
  const session = keepSession({ dial, serverName, ca, cert, key, describe }, ended);
  return async (what: string, request: Request, signal: AbortSignal, how: How): Promise<string> => {
    try {
      const answer = await exchange(await session(), request, { ...how, signal });
      if (answer.code < 400) return answer.body;
      throw etcdRefused(what, describe, answer.code, answer.body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof KubeError && error.code !== 0) throw error;
      throw noAnswer(what, describe, error);
    }
  };
};

/**
 * Opens an etcd cluster by the JSON gateway on its members' client port; connects at the first request. A member's port is reached
 * through its host's door, or straight over the network, as `endpoints` say.
 */
export const openEtcd = (options: EtcdOptions): Etcd => {
  const closing = new AbortController();
  const ended = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
  const endpoints = options.endpoints.map((endpoint) => openEndpoint(endpoint, options, ended));
  /** Which one answered last. */
  let good = 0;

  const once = async (what: string, request: Request, signal: AbortSignal, how: How): Promise<string> => {
    let failure: unknown = noAnswer(what, "no address", new Error("no member of it is known"));
    for (let nth = 0; nth < endpoints.length; nth++) {
      const at = (good + nth) % endpoints.length;
      try {
        const body = await endpoints[at]?.(what, request, signal, how);
        good = at;
        return body ?? "";
      } catch (error) {
        failure = error;
        if (!(error instanceof KubeError) || !error.transient) throw error;
      }
    }
    throw failure;
  };
  const ask = async (what: string, path: string, body: unknown, call: CallOptions = {}, how: Partial<How> = {}): Promise<string> => {
    const { signal: caller, timeout = defaultTimeout, patience = 0 } = call;
    const signal = caller ? AbortSignal.any([ended, caller]) : ended;
    const request: Request = { method: "POST", path: `/v3/${path}`, body };
    return await patiently(patience, signal, () => once(what, request, signal, { timeout, ...how }));
  };
  return {
    members: async (call) => membersOf(await ask("list its members", "cluster/member/list", { linearizable: true }, call)),
    addLearner: async (peerUrl, call) =>
      membersOf(await ask(`add ${peerUrl}`, "cluster/member/add", { peerURLs: [peerUrl], isLearner: true }, call)),
    promote: async (ID, call) => void (await ask("promote a member", "cluster/member/promote", { ID }, call)),
    remove: async (ID, call) => void (await ask("remove a member", "cluster/member/remove", { ID }, call)),
    status: async (call) => statusOf(await ask("tell its state", "maintenance/status", {}, call)),
    snapshot: async (onPiece, call = {}) => {
      const onLine = (line: string): void => {
        if (line === "") return;
        const { result, error }: RawPiece = JSON.parse(line);
        if (error) throw new Error(`etcd broke off its snapshot: ${error.message ?? line}`);
        onPiece(Buffer.from(result?.blob ?? "", "base64"));
      };
      await ask("give a snapshot", "maintenance/snapshot", {}, { timeout: snapshotWithin, ...call }, { onLine });
    },
    by: (...others) => openEtcd({ ...options, endpoints: others, signal: ended }),
    close: () => closing.abort(new Error("the connection to etcd was closed")),
  };
};
