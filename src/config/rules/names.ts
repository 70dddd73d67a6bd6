import { isDnsLabel, isDnsName } from "../../shared/names.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { eachHost, type Rule, when } from "./rule.ts";

/** What a name may hold, in words. */
export const nameShape = "lower-case letters, digits and `-`, with a letter or digit at both ends, at most 63 characters";

/** A name that must be right, with a proposal where only letters or blanks are wrong. */
export const judgeName = (path: Path, name: string | undefined, isRight: (text: string) => boolean, allowed: string): Finding[] => {
  if (name === undefined || isRight(name)) return [];
  const proposal = name.toLowerCase().replaceAll(/[_\s]+/g, "-");
  const hint = isRight(proposal) ? `write ${show(proposal)}` : undefined;
  return [{ path, message: `${show(name)} is not a name: allowed are ${allowed}`, hint }];
};

export const clusterName: Rule = ({ file }) => judgeName(["metadata", "name"], file.metadata?.name, isDnsLabel, nameShape);

/** The name becomes the value of the label kubernetes.io/hostname, hence at most 63 characters although nodes may have more. */
const isNodeName = (name: string): boolean => isDnsName(name) && name.length <= 63;

export const hostNames: Rule = (view) =>
  eachHost(view, ({ name }, path) => judgeName([...path, "name"], name, isNodeName, `${nameShape}, parts joined by dots`));

export const dnsDomain: Rule = ({ file }) =>
  judgeName(["spec", "kubernetes", "dnsDomain"], file.spec?.kubernetes?.dnsDomain, isDnsName, `${nameShape}, parts joined by dots`);

/** kubeconfig keys and `--cluster-name` take any text, but a blank or a slash breaks tools that read them. */
export const kubernetesName: Rule = ({ file }) => {
  const name = file.spec?.kubernetes?.clusterName;
  return when(name !== undefined && !/^[\w.-]+$/.test(name), {
    path: ["spec", "kubernetes", "clusterName"],
    message: `${show(name)} is not a name: allowed are letters, digits, \`.\`, \`_\` and \`-\``,
  });
};
