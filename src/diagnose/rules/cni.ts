import type { Evidence, HostEvidence } from "../evidence.ts";
import { few, onEachMember, seenIn } from "../look.ts";
import type { Cause, Rule } from "../rule.ts";

const notReady = /NetworkPluginNotReady|cni plugin not initialized|no networks found in \/etc\/cni\/net\.d|no network config found/i;

/** What the node says of its network, as long as the API server answers: without it no pod network could have come. */
const complaint = (on: HostEvidence, { api }: Evidence): readonly string[] => {
  const node = api?.nodes.find(({ name }) => name === on.host.name);
  const condition = node?.conditions.find((text) => text.startsWith("Ready=False") && notReady.test(text));
  return condition === undefined ? [] : [...seenIn(on.kubeletLog, notReady, on), condition];
};

/** The runtime watches the folder, but does not see every change of it: a file that was moved there on some file systems, for one. */
const unread = (on: HostEvidence, said: readonly string[]): Omit<Cause, "host"> => ({
  cause: `the pod network is configured (${on.cni.configs[0]}), but containerd does not use it`,
  remedy: '"systemctl restart containerd" has it read the folder again; containers go on',
  certainty: "likely",
  seen: few([...seenIn(on.containerdLog, /cni config/i, on), ...said]),
});

export const cniConfig: Rule = {
  id: "cni-no-config",
  question: "Is a node without the configuration of a pod network?",
  find: onEachMember((on, evidence) => {
    const said = complaint(on, evidence);
    if (said.length === 0) return undefined;
    if (on.cni.configs.length > 0) return unread(on, said);
    const { plugin } = evidence.cluster.network;
    if (plugin === "none") {
      return {
        cause: "no pod network is installed",
        remedy: "install one: the file says network.plugin: none, so kbs brings none",
        certainty: "certain",
        seen: few(said),
      };
    }
    const agent = on.containers.find(({ namespace }) => namespace === "kube-flannel");
    const since =
      agent?.running === false ? ", because its flannel does not run" : on.cni.hasFlannelSubnet ? ", though its flannel works" : "";
    return {
      cause: `the pod network is not configured: /etc/cni/net.d is empty${since}`,
      remedy: on.cni.hasFlannelSubnet
        ? `"kubectl -n kube-flannel delete pod --field-selector spec.nodeName=${on.host.name}": flannel writes its configuration when it starts`
        : `"kubectl -n kube-flannel logs --selector app=flannel" tells what flannel waits for`,
      certainty: "certain",
      seen: few([...said, ...(agent?.log.slice(-2).map(({ text }) => text) ?? [])]),
    };
  }),
};

const noBinary = /failed to find plugin "([^"]+)" in path/;

export const cniBinary: Rule = {
  id: "cni-no-binary",
  question: "Does a CNI configuration call a plugin that is not there?",
  find: onEachMember((on) => {
    const { types, binaries, configs } = on.cni;
    const missing = configs.length === 0 ? [] : types.filter((type) => !binaries.includes(type));
    const said = seenIn(on.kubeletLog, noBinary, on);
    const [first] = missing;
    if (first === undefined) return undefined;
    return {
      cause: `the CNI plugin ${missing.join(", ")} is not in /opt/cni/bin, but ${configs[0]} calls it: no pod gets an address`,
      remedy: "run the create again: it installs the plugins; one that is not kbs's must be put there by who wrote the configuration",
      certainty: said.length > 0 ? "certain" : "likely",
      seen: few(said),
    };
  }),
};
