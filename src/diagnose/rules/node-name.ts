import type { Evidence, HostEvidence } from "../evidence.ts";
import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const forbidden = /(?:nodes? ".*" is forbidden|is not allowed to modify node|can only (?:access|create|update) node)/i;

/** The node of the host's name, as long as its address is another's. */
const foreign = (on: HostEvidence, { api }: Evidence) =>
  api?.nodes.find(({ name, addresses }) => {
    const known = addresses.filter((address) => /^[\d.:a-f]+$/i.test(address));
    return name === on.host.name && known.length > 0 && !known.includes(on.host.internalAddress);
  });

export const nodeName: Rule = {
  id: "node-name-taken",
  question: "Does another machine have a host's node name?",
  find: onEachMember((on, evidence) => {
    const node = foreign(on, evidence);
    const said = seenIn(on.kubeletLog, forbidden, on);
    if (node === undefined) return undefined;
    return {
      cause: `the node ${node.name} of this cluster is another machine, with the address ${node.addresses.join(", ")}`,
      remedy: `give one of the two another name; if that machine is gone, "kubectl delete node ${node.name}" frees its name`,
      certainty: "certain",
      seen: few([...said, `node ${node.name} has ${node.addresses.join(", ")}; this host is ${on.host.internalAddress}`]),
    };
  }),
};

const trouble = /Unable to register node|failed to ensure lease exists|node ".*" not found|Error getting the current node/i;

export const nodeMissing: Rule = {
  id: "node-not-registered",
  question: "Does a kubelet run whose node the API server does not know?",
  find: onEachMember((on, { api }) => {
    const isThere = api?.nodes.some(({ name }) => name === on.host.name) ?? true;
    if (isThere || on.units["kubelet"]?.active !== "active") return undefined;
    const said = seenIn(on.kubeletLog, trouble, on);
    const { hostname } = on.facts.identity;
    const renamed = hostname !== "" && hostname !== on.host.name ? `; the host calls itself ${hostname}` : "";
    const waits = api?.pendingRequests.some((request) => request.includes("kube-apiserver-client-kubelet")) ?? false;
    return {
      cause: `the kubelet runs, but its node is not registered${renamed}${waits ? "; a certificate that a kubelet asks for was not signed" : ""}`,
      remedy: waits
        ? '"kubectl get csr" shows who waits; kube-controller-manager signs what it knows, so see whether it runs'
        : 'the kubelet tells what the API server answers it: "journalctl -u kubelet -n 50"',
      certainty: renamed !== "" || waits ? "likely" : "possible",
      seen: few(said),
    };
  }),
};
