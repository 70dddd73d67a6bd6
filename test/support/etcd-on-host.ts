import { expect } from "vitest";
import type { LabHost } from "../lab/index.ts";

/** Asks the member of etcd that runs on a control plane, by its JSON gateway. @throws Error with what curl says */
export const etcdOn = async <T>(host: LabHost, path: string, body: unknown): Promise<T> => {
  const pki = "/etc/kubernetes/pki/etcd";
  const script = `curl -sS -m 10 --cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key https://127.0.0.1:2379/v3/${path} -d '${JSON.stringify(body)}'`;
  const { code, stdout, stderr } = await host.run(script);
  if (code !== 0) throw new Error(`${host.name}: ${stderr}`);
  return JSON.parse(stdout);
};

interface Members {
  readonly members: readonly { readonly name?: string; readonly isLearner?: boolean }[];
}

/** Names of the members with a vote, as one of them knows; expects that there is none without. */
export const votersOn = async (host: LabHost): Promise<readonly string[]> => {
  const { members } = await etcdOn<Members>(host, "cluster/member/list", { linearizable: true });
  expect(members.filter(({ isLearner }) => isLearner)).toEqual([]);
  return members.map(({ name = "" }) => name).toSorted();
};
