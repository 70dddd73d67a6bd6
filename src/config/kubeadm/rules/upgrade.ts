import type { Finding } from "../../problems.ts";
import type { UpgradeConfiguration } from "../file-types.ts";
import { judgeVersion } from "./cluster.ts";
import { judgeAbsolute, judgeIgnored } from "./parts.ts";
import { type KubeadmRule, of, when } from "./rule.ts";

type StepName = "apply" | "node" | "plan";

const judgeStep = (name: StepName, step: UpgradeConfiguration[StepName]): readonly Finding[] => [
  ...judgeVersion([name, "kubernetesVersion"], step?.kubernetesVersion),
  ...judgeIgnored([name, "ignorePreflightErrors"], step?.ignorePreflightErrors),
  ...when(step?.patches !== undefined && !step.patches.directory, { path: [name, "patches", "directory"], message: "is missing" }),
  ...judgeAbsolute([name, "patches", "directory"], step?.patches?.directory),
];

export const upgrade: KubeadmRule = ({ documents: { UpgradeConfiguration: written } }) =>
  of("UpgradeConfiguration", [
    ...(["apply", "node", "plan"] as const).flatMap((name) => judgeStep(name, written?.[name])),
    ...judgeVersion(["diff", "kubernetesVersion"], written?.diff?.kubernetesVersion),
    ...when((written?.diff?.contextLines ?? 0) < 0, { path: ["diff", "contextLines"], message: "must not be less than 0" }),
  ]);
