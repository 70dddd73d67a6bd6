import type { Duplex } from "node:stream";
import type { EtcdCredentials } from "../../pki/etcd-credentials.ts";
import type { CallOptions } from "../types.ts";

/** A member of an etcd cluster, as the cluster lists it. */
export interface EtcdMember {
  /** Decimal: it has 64 bits, which a number of JavaScript has not. */
  readonly id: string;
  /** Empty until the member has started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty until the member has started. */
  readonly clientUrls: readonly string[];
  /** Has no vote yet. */
  readonly isLearner: boolean;
}

/** What a member says of itself. */
export interface EtcdStatus {
  /** Decimal. */
  readonly memberId: string;
  readonly version: string;
  /** Id of the leader that it knows; "0": none. */
  readonly leader: string;
  /** Bytes. */
  readonly size: number;
  readonly isLearner: boolean;
  /** Alarms and the like. */
  readonly errors: readonly string[];
}

/** A member's client port, 2379, and a way there. */
export interface EtcdEndpoint {
  readonly dial: (signal?: AbortSignal) => Promise<Duplex>;
  /** As errors call it: "cp1 (10.0.0.11:2379)". */
  readonly describe: string;
}

export interface EtcdOptions extends EtcdCredentials {
  /** Asked in this order: one that does not answer, or has no vote yet, is passed over. */
  readonly endpoints: readonly EtcdEndpoint[];
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
}

/** An etcd cluster, by way of the members that answer. All that fails is a KubeError, whose reason is etcd's own word. */
export interface Etcd {
  /** Agreed upon by a majority, so none that answers has missed anything. */
  members(options?: CallOptions): Promise<readonly EtcdMember[]>;
  /** Adds a member without a vote. @returns all members, the new one among them */
  addLearner(peerUrl: string, options?: CallOptions): Promise<readonly EtcdMember[]>;
  /** Gives a member its vote. etcd refuses while it has not caught up. */
  promote(id: string, options?: CallOptions): Promise<void>;
  remove(id: string, options?: CallOptions): Promise<void>;
  /** Of the first that answers. */
  status(options?: CallOptions): Promise<EtcdStatus>;
  /** Everything that etcd holds, as `etcdctl snapshot save` writes it: the database, then its SHA-256. */
  snapshot(onPiece: (piece: Buffer) => void, options?: CallOptions): Promise<void>;
  /** The same cluster by the members that are given alone. */
  by(...endpoints: readonly EtcdEndpoint[]): Etcd;
  close(): void;
}
