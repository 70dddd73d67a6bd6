import type { Finding } from "../problems.ts";
import { releases } from "../releases.ts";
import type { Path } from "../schema.ts";
import type { Fragment } from "../types.ts";
import { minorOf, parseVersion } from "../versions.ts";
import type { Rule } from "./rule.ts";

/** Fields of a KubeletConfiguration that came with a later release than the cluster's; the kubelet logs them, and starts. */
export const judgeLaterFields = (path: Path, fragment: Fragment, version: string): readonly Finding[] => {
  const parsed = parseVersion(version);
  const minor = parsed === undefined ? "" : minorOf(parsed);
  return (releases[minor]?.laterKubeletFields ?? [])
    .filter((name) => fragment[name] !== undefined)
    .map((name) => ({
      path: [...path, name],
      at: "key",
      severity: "warning",
      message: `kubelets of ${minor} do not know this field, and go on without it`,
      hint: "leave it out",
    }));
};

export const laterKubeletFields: Rule = ({ cluster: { kubernetes } }) =>
  judgeLaterFields(["spec", "kubernetes", "kubelet"], kubernetes.kubelet, kubernetes.version);
