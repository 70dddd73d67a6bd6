import type { FoundToken } from "../../actions/token/list.ts";
import { toYaml } from "../../templates/yaml.ts";
import { aligned, shortDuration, timeText } from "../go-text.ts";

const heading = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"];

const joined = (words: readonly string[]): string => words.join(",") || "<none>";

/** kubeadm aligns each token by itself, so it pads the cells that differ most. */
const row = ({ token, description = "<none>", expires, usages, groups }: FoundToken, now: Date): readonly string[] => [
  token,
  (expires === undefined ? "<forever>" : shortDuration(expires.getTime() - now.getTime())).padEnd(9),
  expires === undefined ? "<never>" : timeText(expires),
  joined(usages).padEnd(22),
  description.padEnd(56),
  joined(groups),
];

/** kubeadm's output API, v1alpha3. */
const document = ({ token, description, expires, usages, groups }: FoundToken) => ({
  kind: "BootstrapToken",
  apiVersion: "output.kubeadm.k8s.io/v1alpha3",
  token,
  ...(description !== undefined && { description }),
  ...(expires !== undefined && { expires: timeText(expires) }),
  ...(usages.length > 0 && { usages }),
  ...(groups.length > 0 && { groups }),
});

/** Tokens as kubeadm shows them; nothing when there are none. */
export const tokensText = (tokens: readonly FoundToken[], output: "text" | "json" | "yaml", now: Date): string => {
  if (output === "json") return tokens.map((token) => `${JSON.stringify(document(token), null, 4)}\n`).join("");
  if (output === "yaml") return tokens.map((token) => toYaml(document(token))).join("---\n");
  const [first, ...others] = tokens.map((token) => row(token, now));
  if (first === undefined) return "";
  return [...aligned([heading, first]), ...others.flatMap((cells) => aligned([cells]))].map((line) => `${line}\n`).join("");
};
