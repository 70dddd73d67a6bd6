import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "./command.ts";
import type { LabHost } from "./host.ts";

const kubectl = "kubectl --kubeconfig=/etc/kubernetes/admin.conf";

// A mount namespace of its own lends the question another resolv.conf than the host's.
const askDns = (server: string, name: string): string => `unshare --mount sh -c '
  printf "nameserver ${server}\\noptions timeout:1 attempts:1\\n" > /run/lab-resolv.conf
  mount --bind /run/lab-resolv.conf /etc/resolv.conf
  getent ahostsv4 ${name}'`;

const questions = (nodes: number): readonly (readonly [what: string, script: string])[] => [
  [
    `${nodes} nodes are Ready`,
    `test "$(${kubectl} get nodes -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}' | grep -c True)" -eq ${nodes}`,
  ],
  [
    "every DaemonSet and Deployment is rolled out",
    `for each in $(${kubectl} get daemonsets,deployments -A -o jsonpath='{range .items[*]}{.metadata.namespace}/{.kind}/{.metadata.name}{"\\n"}{end}'); do
       namespace=\${each%%/*}; ${kubectl} -n "$namespace" rollout status "\${each#*/}" --timeout=60s || exit 1; done`,
  ],
  ["every pod is Ready", `${kubectl} wait --for=condition=Ready pods --all -A --timeout=60s`],
];

/** Asks again until a script succeeds; `end` is a moment of Date.now(). */
const untilTrue = async (host: LabHost, what: string, script: string, end: number): Promise<void> => {
  for (;;) {
    const { code, stdout, stderr } = await host.run(script, { timeout: 90_000 });
    if (code === 0) return;
    if (Date.now() > end) throw new Error(`${host.name}: it did not come true in time that ${what}:\n${lastLines(stdout + stderr)}`);
    await sleep(200);
  }
};

/**
 * Waits until a cluster of these hosts, the first of which is a control plane, is ready for use: all nodes Ready, all workloads and pods
 * Ready, DNS answering on every host through its Service (which it does on a host without CoreDNS only by the pod network).
 * @param timeout in milliseconds.
 * @throws Error that names what did not come true.
 */
export const waitUntilReady = async (hosts: readonly LabHost[], timeout = 180_000): Promise<void> => {
  const end = Date.now() + timeout;
  const [controlPlane] = hosts;
  if (!controlPlane) throw new RangeError("a cluster needs a host");
  for (const [what, script] of questions(hosts.length)) await untilTrue(controlPlane, what, script, end);
  const dns = askDns("10.96.0.10", "kubernetes.default.svc.cluster.local");
  await Promise.all(hosts.map((host) => untilTrue(host, "DNS answers", dns, end)));
};
