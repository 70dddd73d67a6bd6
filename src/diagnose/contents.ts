import { isEtcdHost } from "../config/roles.ts";
import type { ArchiveFile } from "./archive.ts";
import type { Evidence } from "./evidence.ts";
import { redact, redactDeep } from "./redact.ts";
import type { Finding } from "./rule.ts";

/** Questions whose answers are logs. */
const logs: Readonly<Record<string, string>> = {
  kubeletLog: "kubelet.log",
  containerdLog: "containerd.log",
  etcdLog: "etcd.log",
  kernelLog: "kernel.log",
  containers: "system-pods.log",
  kbsState: "kbs-journal.txt",
  etcdHealth: "etcd-metrics.txt",
};

export interface Told {
  /** Of kbs. */
  readonly version: string;
  readonly now: Date;
  readonly findings: readonly Finding[];
  /** Files of the newest run on this operator's machine, such as its log. */
  readonly run: readonly ArchiveFile[];
}

/** What a person or a program wants to know first. Cleaned of secrets with all else. */
export const findingsJson = ({ cluster, hosts, silent, api, apiSilence }: Evidence, { version, now, findings }: Omit<Told, "run">) => ({
  schema: "kbs/diagnose/v1",
  kbs: version,
  cluster: cluster.name,
  time: now.toISOString(),
  findings,
  hosts: [
    ...hosts.map(({ host, facts, units }) => ({
      name: host.name,
      answered: true,
      units: Object.fromEntries(Object.entries(units).map(([name, { active }]) => [name, active])),
      node: isEtcdHost(host) ? "none" : (api?.nodes.find(({ name }) => name === host.name)?.why ?? (api ? "Ready" : "unknown")),
      member: facts.ownership !== undefined,
    })),
    ...[...silent].map(([name, problem]) => ({ name, answered: false, problem })),
  ],
  api: api === undefined ? { answers: false, problem: apiSilence ?? "" } : { answers: true, version: api.version },
});

const readme = (
  { cluster, hosts, silent }: Evidence,
  { version, now }: Told,
): string => `What kbs ${version} found out about the cluster ${cluster.name}, ${now.toISOString()}.

findings.json          likely causes, the likeliest first, each with what was seen and what to do
hosts/NAME/            ${hosts.length} hosts that answered${silent.size === 0 ? "" : `; ${silent.size} did not (${[...silent.keys()].join(", ")})`}
  kubelet.log, containerd.log, etcd.log   the ends of their journals (times are seconds since 1970)
  system-pods.log                    the ends of the logs of containers in kube-system and kube-flannel
  kernel.log                         killed processes and failing disks
  certificates.txt                   certificates only, no key
  reach.txt                          which ports of the cluster the host reaches
  kbs-journal.txt                    what kbs did there last, and who holds the host
  *.txt                              facts, as the host told them
api/                   nodes, system pods, warnings, readiness: what the API server said. Secrets are not asked for
run/                   the log and the events of the newest run on this machine

Applications' logs and objects are not in here. Secrets that kbs knows, and all that has the form of one (private keys, tokens, passwords in
URLs, flags and fields), stand as ***. Look through it before you give it to anyone: names and addresses of your machines are in it.
`;

const hostFiles = ({ hosts }: Evidence): readonly ArchiveFile[] =>
  hosts.flatMap(({ host, raw }) =>
    [...raw].flatMap(([id, text]) => (text.trim() === "" ? [] : [{ name: `hosts/${host.name}/${logs[id] ?? `${id}.txt`}`, text }])),
  );

const json = (value: unknown): string => `${JSON.stringify(redactDeep(value), null, 2)}\n`;

const apiFiles = ({ api, apiSilence }: Evidence): readonly ArchiveFile[] => {
  if (api === undefined) return [{ name: "api/silent.txt", text: `${redact(apiSilence ?? "it was not asked")}\n` }];
  const { version, readyz, nodes, pods, events, pendingRequests } = api;
  return [
    { name: "api/readyz.txt", text: `${redact(readyz)}\n` },
    ...Object.entries({ version, nodes, pods, events, pendingRequests }).map(([name, value]) => ({
      name: `api/${name}.json`,
      text: json(value),
    })),
  ];
};

/** The files of the archive, each without secrets. */
export function* archiveFiles(evidence: Evidence, told: Told): Generator<ArchiveFile> {
  yield { name: "README.txt", text: readme(evidence, told) };
  yield { name: "findings.json", text: json(findingsJson(evidence, told)) };
  yield* apiFiles(evidence);
  for (const { name, text } of [...told.run, ...hostFiles(evidence)]) yield { name, text: redact(text) };
}
