import type { LabHost } from "../lab/index.ts";

/** Asks the member of etcd that runs on a control plane, by its JSON gateway. @throws Error with what curl says */
export const etcdOn = async <T>(host: LabHost, path: string, body: unknown): Promise<T> => {
  const pki = "/etc/kubernetes/pki/etcd";
  const script = `curl -sS -m 10 --cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key https://127.0.0.1:2379/v3/${path} -d '${JSON.stringify(body)}'`;
  const { code, stdout, stderr } = await host.run(script);
  if (code !== 0) throw new Error(`${host.name}: ${stderr}`);
  return JSON.parse(stdout);
};

interface Member {
  readonly name: string;
  /** It has no vote yet. */
  readonly isLearner: boolean;
}

/** Who is in etcd, as one that is there knows. One that has not started yet has no name. */
export const membersOn = async (host: LabHost): Promise<readonly Member[]> => {
  const { members } = await etcdOn<{ readonly members: readonly Partial<Member>[] }>(host, "cluster/member/list", { linearizable: true });
  return members.map(({ name = "", isLearner = false }) => ({ name, isLearner }));
};
