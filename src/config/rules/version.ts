import { oneOf, show } from "../problems.ts";
import { supportedMinors } from "../releases.ts";
import { minorOf, parseVersion } from "../versions.ts";
import type { Rule } from "./rule.ts";

const path = ["spec", "kubernetes", "version"] as const;

export const supportedVersion: Rule = ({ file }) => {
  const text = file.spec?.kubernetes?.version;
  if (text === undefined) return [];
  const version = parseVersion(text);
  if (version === undefined) {
    return [{ path, message: `${show(text)} is not a version of Kubernetes`, hint: "write it as v1.36.3, or 1.36" }];
  }
  if (supportedMinors.includes(minorOf(version))) return [];
  return [
    {
      path,
      message: `Kubernetes ${minorOf(version)} is not supported by this version of kbs`,
      hint: `supported: ${oneOf(supportedMinors)}`,
    },
  ];
};
