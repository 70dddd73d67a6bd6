import cniGone from "../recorded/cni-gone.json" with { type: "json" };
import cniUnread from "../recorded/cni-unread.json" with { type: "json" };
import firewall from "../recorded/firewall.json" with { type: "json" };
import { container, edited, evidenceOf, healthy, journal, nodes, units } from "../scene.ts";
import type { Case } from "./case.ts";

const named = { controlPlaneEndpoint: { host: "api.example.com", port: 6443 } };

const refused = {
  kubeletLog: journal("kubelet", ['Post "https://api.example.com:6443": dial tcp 127.0.0.1:6443: connect: connection refused']),
};
const worker = (log: readonly string[]) => ({ kubeletLog: journal("kubelet", log) });

const bootstrap = edited("h2", "runtime", /@@ confs\n[\s\S]*$/, "@@ confs\nbootstrap-kubelet.conf\n");

const unready = { why: "NetworkPluginNotReady" };

export const networkCases: readonly Case[] = [
  {
    rule: "cni-no-config",
    on: "h2",
    says: "/etc/cni/net.d is empty",
    speaks: evidenceOf({ h2: cniGone.h2, api: cniGone.api }),
    silent: evidenceOf({ h2: { cni: cniGone.h2.cni }, api: null }),
  },
  {
    rule: "cni-no-config",
    on: "h2",
    says: "but containerd does not use it",
    speaks: evidenceOf({ h2: cniUnread.h2, api: cniUnread.api }),
    silent: evidenceOf({ api: nodes("h2", unready) }),
  },
  {
    rule: "cni-no-binary",
    on: "h2",
    says: "the CNI plugin portmap is not in /opt/cni/bin",
    speaks: evidenceOf({ h2: edited("h2", "cni", /^portmap$/m, "") }),
    silent: evidenceOf({ h2: edited("h2", "cni", /^loopback$/m, "") }),
  },
  {
    rule: "pod-network-crash",
    on: "h2",
    says: "flannel ends again and again",
    speaks: evidenceOf({
      h2: container("h2", "kube-flannel", {
        log: ["E0101 main.go:377] Failed to find interface to use that matches the interfaces and/or regexes provided"],
      }),
    }),
    silent: evidenceOf({ h2: container("h2", "kube-flannel", { attempt: 0, log: ["I0101 starting"] }) }),
  },
  {
    rule: "kube-proxy-crash",
    on: "h2",
    says: "it may not set nf_conntrack_max here",
    speaks: evidenceOf({
      h2: container("h2", "kube-proxy", {
        log: ['E0101 run.go:72] "command failed" err="open /proc/sys/net/netfilter/nf_conntrack_max: permission denied"'],
      }),
    }),
    silent: evidenceOf({ h2: container("h2", "kube-proxy", { running: true, log: ["E0101 proxy failed for a moment"] }) }),
  },
  {
    rule: "coredns-loop",
    on: "h1",
    says: "CoreDNS ends, since what it forwards comes back to it",
    speaks: evidenceOf({
      h1: container("h1", "coredns", {
        log: [
          '[FATAL] plugin/loop: Loop (127.0.0.1:40213 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 1.2."',
        ],
      }),
    }),
    silent: evidenceOf({
      h1: container("h1", "coredns", {
        log: ["[ERROR] plugin/errors: 2 1.2. HINFO: read udp 10.244.0.2:54544->10.77.0.1:53: i/o timeout"],
      }),
    }),
  },
  {
    rule: "bootstrap-token",
    on: "h2",
    says: "refuses the token with which this host wants to join",
    speaks: evidenceOf({
      h2: {
        ...bootstrap,
        ...worker([
          'E0101 run.go:72] "command failed" err="failed to run Kubelet: cannot create certificate signing request: Unauthorized"',
        ]),
      },
      api: { nodes: [] },
    }),
    silent: evidenceOf({ h2: worker(['E0101 "command failed" err="cannot create certificate signing request: Unauthorized"']) }),
  },
  {
    rule: "node-name-taken",
    on: "h2",
    says: "the node h2 of this cluster is another machine, with the address 10.77.0.99",
    speaks: evidenceOf({ api: nodes("h2", { addresses: ["10.77.0.99", "h2"] }) }),
    silent: evidenceOf({ api: nodes("h2", { addresses: ["h2"] }) }),
  },
  {
    rule: "node-not-registered",
    on: "h2",
    says: "a certificate that a kubelet asks for was not signed",
    speaks: evidenceOf({
      api: {
        nodes: healthy.api.nodes.filter(({ name }) => name === "h1"),
        pendingRequests: ["csr-x: system:bootstrap:abcdef asks kubernetes.io/kube-apiserver-client-kubelet"],
      },
    }),
    silent: evidenceOf({ h1: units("inactive dead success"), h2: units("inactive dead success"), api: { nodes: [] } }),
  },
  {
    rule: "endpoint-dns",
    on: "h2",
    says: "api.example.com, is not known here",
    speaks: evidenceOf({ spec: named, h1: { endpoint: "known\n10.77.0.11\n" }, h2: { endpoint: "known\n" } }),
    silent: evidenceOf({ spec: named, h2: { endpoint: "known\n10.77.0.40\n" } }),
  },
  {
    rule: "endpoint-dns",
    on: "h2",
    says: "api.example.com, means 127.0.0.1 here, where no API server answers",
    speaks: evidenceOf({ spec: named, h2: { endpoint: "known\n127.0.0.1\n", ...refused } }),
    silent: evidenceOf({ spec: { ...named, loadBalancer: "haproxy" }, h2: { endpoint: "known\n127.0.0.1\n", ...refused } }),
  },
  {
    rule: "firewall",
    on: "h2",
    says: "10.77.0.11:6443 (kube-apiserver): no answer comes",
    speaks: evidenceOf({ h2: firewall.h2 }),
    silent: evidenceOf({ h1: { listeners: "" }, h2: firewall.h2 }),
  },
  {
    rule: "pods-unschedulable",
    on: undefined,
    says: "no node has enough CPU or memory free",
    speaks: evidenceOf({
      api: {
        pods: [{ namespace: "kube-system", name: "coredns-1", why: "no node fits", containers: [] }],
        events: [
          {
            about: "Pod kube-system/coredns-1",
            reason: "FailedScheduling",
            message: "0/2 nodes are available: 2 Insufficient cpu.",
            count: 3,
            last: "2026-11-21T13:48:40Z",
          },
        ],
      },
    }),
    silent: evidenceOf({
      api: {
        ...nodes("h2", { why: "NetworkPluginNotReady" }),
        pods: [{ namespace: "kube-system", name: "coredns-1", why: "no node fits", containers: [] }],
      },
    }),
  },
];
