import type { Host } from "../changes/host.ts";
import { getFrom } from "./http.ts";

/** What an etcd member says of itself, on the port that kubeadm and kbs have it serve metrics on. */
export interface EtcdEvidence {
  /** As /health has it: `true`, or the reason, such as "RAFT NO LEADER" or "ALARM NOSPACE". */
  readonly health: string;
  readonly hasLeader?: boolean;
  readonly leaderChanges?: number;
  /** Seconds within which 99 % of the writes of its log were on disk, and of how many writes that is said. */
  readonly fsync?: { readonly p99: number; readonly count: number };
  /** Bytes. */
  readonly size?: number;
  readonly quota?: number;
}

const metricsPort = 2381;

const gauge = (metrics: string, name: string): number | undefined => {
  const [, value] = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(metrics) ?? [];
  return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value);
};

/** The upper bound of the first bucket that holds 99 % of a histogram. */
const p99Of = (metrics: string, name: string): EtcdEvidence["fsync"] => {
  const count = gauge(metrics, `${name}_count`) ?? 0;
  const buckets = [...metrics.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\S+)$`, "gm"))];
  const found = buckets.find(([, , within]) => Number(within) >= count * 0.99)?.[1];
  if (count === 0 || found === undefined) return undefined;
  return { p99: found === "+Inf" ? Number.POSITIVE_INFINITY : Number(found), count };
};

/** Reads the answers of /health and /metrics. */
export const readEtcd = (health: string, metrics: string): EtcdEvidence => {
  const [, reason = ""] = /"reason":"([^"]*)"/.exec(health) ?? [];
  const leader = gauge(metrics, "etcd_server_has_leader");
  const leaderChanges = gauge(metrics, "etcd_server_leader_changes_seen_total");
  const fsync = p99Of(metrics, "etcd_disk_wal_fsync_duration_seconds");
  const size = gauge(metrics, "etcd_mvcc_db_total_size_in_bytes");
  const quota = gauge(metrics, "etcd_server_quota_backend_bytes");
  return {
    health: /"health":"true"/.test(health) ? "true" : reason || health.slice(0, 200),
    ...(leader !== undefined && { hasLeader: leader === 1 }),
    ...(leaderChanges !== undefined && { leaderChanges }),
    ...(fsync && { fsync }),
    ...(size !== undefined && { size }),
    ...(quota !== undefined && { quota }),
  };
};

/** Undefined where nothing answers. @param loopback at which the host's etcd serves metrics */
export const askEtcd = async (
  door: Pick<Host, "dial">,
  loopback: string,
  signal: AbortSignal,
): Promise<{ readonly evidence: EtcdEvidence; readonly raw: string } | undefined> => {
  try {
    const [health, metrics] = await Promise.all(
      ["/health", "/metrics"].map((path) => getFrom(door, { loopback, port: metricsPort }, path, signal)),
    );
    if (health === undefined || metrics === undefined) return undefined;
    const kept = metrics.split("\n").filter((line) => /^etcd_(server|disk|mvcc_db|network_peer)/.test(line));
    return { evidence: readEtcd(health, metrics), raw: `${health}\n${kept.join("\n")}\n` };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
};
