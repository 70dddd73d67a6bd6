import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /failed to load (?:TOML|config)|toml: |invalid plugin config|unknown plugin|failed to load plugin .*cri.*level=error|unmarshal.*config/i;

export const runtimeConfig: Rule = {
  id: "runtime-config",
  question: "Does containerd refuse its configuration?",
  find: onEachMember((on) => {
    const said = seenIn(on.containerdLog, signs, on);
    const unit = on.units["containerd"];
    if (said.length === 0 || unit === undefined) return undefined;
    const isUp = unit.active === "active";
    const noCri = seenIn(on.kubeletLog, /unknown service runtime\.v1\.RuntimeService/, on);
    if (isUp && noCri.length === 0) return undefined;
    return {
      cause: isUp
        ? "containerd runs without the part that the kubelet needs (CRI): its configuration is wrong"
        : "containerd does not start: its configuration is wrong",
      remedy:
        "correct /etc/containerd/config.toml, or spec.runtime.config of the file, from which kbs writes it; then start containerd again",
      certainty: "certain",
      seen: few([...said, ...noCri]),
    };
  }),
};
