import { isActive } from "../../facts/systemd.ts";
import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const nmCloudSetup: Check = {
  id: "nm-cloud-setup",
  question: "Are the host's routing rules left alone?",
  severity: "warning",
  appliesTo: isNode,
  ask: ({ facts: { systemd } }) =>
    isActive(systemd, "nm-cloud-setup") || systemd.units["nm-cloud-setup"]?.file === "enabled"
      ? {
          problem: "nm-cloud-setup is enabled: its routing rules take pod traffic to the wrong interface",
          remedy: '"systemctl disable --now nm-cloud-setup.service nm-cloud-setup.timer", then reboot',
        }
      : undefined,
};
