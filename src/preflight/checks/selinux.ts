import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const selinux: Check = {
  id: "selinux",
  question: "Will SELinux let containers work?",
  severity: "warning",
  appliesTo: isNode,
  ask: ({ facts: { security } }) =>
    security.selinux === "enforcing"
      ? {
          problem: "SELinux is enforcing; without the policy for containers, pods may be denied their own files",
          remedy: 'install container-selinux, or set SELinux to permissive ("setenforce 0" and SELINUX=permissive in /etc/selinux/config)',
        }
      : undefined,
};
