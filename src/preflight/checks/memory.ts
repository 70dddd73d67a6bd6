import { type Check, everyHost } from "../check.ts";
import { isControlPlane, isNode } from "../roles.ts";
import { bytes } from "../words.ts";

const MiB = 1024 ** 2;
/** kubeadm's limit for a control plane. */
const controlPlane = 1700 * MiB;
/** What kubelet, runtime, kube-proxy and flannel take together, with room for one small pod; what etcd takes with a usual database. */
const worker = 700 * MiB;

export const memory: Check = {
  id: "memory",
  aliases: ["Mem"],
  question: "Has the host memory enough?",
  severity: "error",
  appliesTo: everyHost,
  ask: (context) => {
    const { memory: has } = context.facts.machine;
    const needs = isControlPlane(context) ? controlPlane : worker;
    if (has === undefined || has >= needs) return undefined;
    const what = isControlPlane(context) ? "a control plane" : isNode(context) ? "a worker" : "an etcd host";
    return {
      problem: `${what} needs ${needs / MiB} MiB of memory, this host has ${bytes(has)}`,
      remedy: "give the machine more memory",
      severity: isControlPlane(context) ? "error" : "warning",
    };
  },
};
