import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /failed to load kubelet config file|failed to (?:decode|parse) kubelet (?:flag|config)|strict decoding error|unknown field|unknown flag: --|invalid argument .* for .*flag|failed to validate kubelet (?:flags|configuration)|invalid configuration: /i;

/** Where the sentence begins that a person can use. */
const reasonIn = /(?:strict decoding error|unknown field|json: |yaml: |invalid configuration: |failed to validate).{0,240}/;

export const kubeletConfig: Rule = {
  id: "kubelet-config",
  question: "Does a kubelet refuse its flags or its configuration?",
  find: onEachMember((on) => {
    const unit = on.units["kubelet"];
    if (unit === undefined || (unit.active === "active" && unit.sub === "running" && unit.restarts === 0)) return undefined;
    const said = seenIn(on.kubeletLog, signs, on);
    const last = said.at(-1);
    if (last === undefined) return undefined;
    const flag = /unknown flag: (--[\w-]+)/.exec(last)?.[1];
    const reason = reasonIn.exec(last)?.[0].replace(/"?\s*$/, "");
    return {
      cause:
        flag === undefined
          ? `the kubelet does not start: its configuration is wrong${reason === undefined ? "" : ` (${reason})`}`
          : `the kubelet does not start: it knows no flag ${flag}`,
      remedy:
        "correct spec.kubernetes.kubelet in the file and run the create again; if /var/lib/kubelet/config.yaml was edited by hand, that mends it, too",
      certainty: "certain",
      seen: few(said, 2),
    };
  }),
};
