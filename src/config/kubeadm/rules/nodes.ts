import { isDnsName } from "../../../shared/names.ts";
import type { Finding } from "../../problems.ts";
import { judgeTaint } from "../../rules/labels.ts";
import { judgeName, nameShape } from "../../rules/names.ts";
import type { Path } from "../../schema.ts";
import type { NodeRegistration, Timeouts } from "../file-types.ts";
import { judgeAbsolute, judgeApiEndpoint, judgeArgs, judgeCertificateKey, judgeDuration, judgeIgnored, judgeSocket } from "./parts.ts";
import { judgeText, type KubeadmRule, of, when } from "./rule.ts";

const judgeTaints = (path: Path, taints: NodeRegistration["taints"]): readonly Finding[] => {
  const seen = new Set<string>();
  return (taints ?? []).flatMap((taint, index) => {
    const id = `${taint.key}:${taint.effect}`;
    const again = taint.key !== undefined && seen.has(id);
    seen.add(id);
    const place = [...path, index];
    return [...judgeTaint(place, taint), ...when(again, { path: place, message: `a taint ${id} is there already` })];
  });
};

/** kubeadm takes the name in small letters and without blanks around it. */
const judgeNodeName = (path: Path, text: string | undefined): readonly Finding[] =>
  judgeText(text, (name) =>
    isDnsName(name.trim().toLowerCase()) ? [] : judgeName(path, name, isDnsName, `${nameShape}, parts joined by dots`),
  );

const judgeRegistration = (path: Path, node: NodeRegistration): readonly Finding[] => [
  ...judgeNodeName([...path, "name"], node.name),
  ...judgeSocket([...path, "criSocket"], node.criSocket),
  ...judgeTaints([...path, "taints"], node.taints),
  ...judgeArgs([...path, "kubeletExtraArgs"], node.kubeletExtraArgs),
  ...judgeIgnored([...path, "ignorePreflightErrors"], node.ignorePreflightErrors),
];

export const registrations: KubeadmRule = ({ documents: { InitConfiguration: init, JoinConfiguration: join } }) => [
  ...of("InitConfiguration", judgeRegistration(["nodeRegistration"], init?.nodeRegistration ?? {})),
  ...of("JoinConfiguration", judgeRegistration(["nodeRegistration"], join?.nodeRegistration ?? {})),
];

export const endpoints: KubeadmRule = ({ documents: { InitConfiguration: init, JoinConfiguration: join } }) => [
  ...of("InitConfiguration", judgeApiEndpoint(["localAPIEndpoint"], init?.localAPIEndpoint ?? {})),
  ...of("InitConfiguration", judgeCertificateKey(["certificateKey"], init?.certificateKey)),
  ...of("JoinConfiguration", judgeApiEndpoint(["controlPlane", "localAPIEndpoint"], join?.controlPlane?.localAPIEndpoint ?? {})),
  ...of("JoinConfiguration", judgeCertificateKey(["controlPlane", "certificateKey"], join?.controlPlane?.certificateKey)),
];

const judgeTimeouts = (timeouts: Timeouts = {}): readonly Finding[] =>
  Object.entries(timeouts).flatMap(([name, text]) => judgeDuration(["timeouts", name], text));

export const timeouts: KubeadmRule = ({ documents }) =>
  (["InitConfiguration", "JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration"] as const).flatMap((kind) =>
    of(kind, judgeTimeouts(documents[kind]?.timeouts)),
  );

export const reset: KubeadmRule = ({ documents: { ResetConfiguration: written } }) =>
  of("ResetConfiguration", [
    ...judgeAbsolute(["certificatesDir"], written?.certificatesDir),
    ...judgeSocket(["criSocket"], written?.criSocket),
    ...judgeIgnored(["ignorePreflightErrors"], written?.ignorePreflightErrors),
  ]);
