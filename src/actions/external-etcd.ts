import type { Host } from "../changes/host.ts";
import type { Cluster } from "../config/types.ts";
import type { PkiFilesFact } from "../facts/index.ts";
import { askExternalEtcd, type EndpointAnswer, type ExternalEtcdSeen } from "../kube/etcd/external.ts";
import { pause } from "../kube/patience.ts";

/** As often as kubeadm's preflight asks an endpoint that does not answer. */
const tries = 3;
/** Milliseconds between two tries. */
const every = 1000;

/** An external etcd as one control plane sees it; undefined where etcd is the cluster's own. Changes nothing. */
export const seeExternalEtcd = async (
  { etcd }: Pick<Cluster, "etcd">,
  door: Host,
  files: PkiFilesFact,
  signal: AbortSignal,
): Promise<ExternalEtcdSeen | undefined> => {
  if (etcd.mode !== "external") return undefined;
  const { endpoints = [], caFile, certFile, keyFile } = etcd.external ?? {};
  const content = (path: string | undefined): Buffer | undefined => (path === undefined ? undefined : files.get(path)?.content);
  const missing = [caFile, certFile, keyFile].flatMap((path) => (path === undefined || files.has(path) ? [] : [path]));
  const login = { ca: content(caFile), cert: content(certFile), key: content(keyFile) };
  const dial = (host: string, port: number, limit: AbortSignal) => door.dial(host, port, { signal: limit });
  const ask = async (url: string, left = tries): Promise<EndpointAnswer> => {
    const answer = await askExternalEtcd(url, login, dial, signal);
    if ("version" in answer || left <= 1) return answer;
    await pause(every, signal);
    return await ask(url, left - 1);
  };
  // Without the files to log in by no answer says anything.
  return { missing, endpoints: missing.length > 0 ? [] : await Promise.all(endpoints.map((url) => ask(url))) };
};
