import type { Diagnosis } from "../actions/diagnose.ts";
import { painter } from "../shared/paint.ts";
import { table } from "./table.ts";

type Finding = Diagnosis["findings"][number];
type Host = Diagnosis["hosts"][number];

const row = (host: Host, findings: readonly Finding[]): readonly string[] => {
  const own = String(findings.filter((finding) => finding.host === host.name).length || "");
  if (!("units" in host)) return [host.name, `no: ${host.problem}`, "", "", "", own];
  const { units, node } = host;
  return [host.name, "yes", units["kubelet"] ?? "unknown", units["containerd"] ?? "unknown", node, own];
};

/** Likely causes first, then a table of the hosts, then where the archive is. Ends with a newline. */
export const diagnosisText = (diagnosis: Diagnosis, color: boolean): string => {
  const paint = painter(color);
  const { cluster, findings, hosts, api, archive } = diagnosis;
  const causes = findings.flatMap(({ host, cause, remedy, certainty, seen, rule }, nth) => [
    `${nth + 1}. ${host === undefined ? "" : `${paint("bold", host)}: `}${cause} ${paint("dim", `(${certainty}, ${rule})`)}`,
    `   next: ${remedy}`,
    ...seen.map((line) => paint("dim", `   seen: ${line}`)),
  ]);
  const found = findings.length === 0 ? paint("green", "no cause of trouble was found") : paint("yellow", "likely causes:");
  const silence = "problem" in api ? [paint("yellow", `the API server gives no word: ${api.problem}`)] : [];
  return [
    `${paint("bold", cluster)}  ${found}`,
    ...causes,
    ...silence,
    "",
    ...table(
      ["HOST", "ANSWERED", "KUBELET", "CONTAINERD", "NODE", "FINDINGS"],
      hosts.map((host) => row(host, findings)),
    ),
    "",
    `evidence: ${archive}`,
  ]
    .map((line) => `${line}\n`)
    .join("");
};
