import type { Wishes } from "./config.ts";

const args = (pairs: readonly (readonly [string, string])[]) => pairs.map(([name, value]) => ({ name, value }));

const fourSix = { podSubnet: "10.244.0.0/16,fd00:10:244::/56", serviceSubnet: "10.96.0.0/16,fd00:10:96::/112" };
const sixFour = { podSubnet: "fd00:10:244::/56,10.244.0.0/16", serviceSubnet: "fd00:10:96::/112,10.96.0.0/16" };
const six = { podSubnet: "fd00:10:244::/56", serviceSubnet: "fd00:10:96::/112" };

const advertised = "fd00:10::11";

/** Two families of addresses, in either order, and IPv6 alone: by what the configuration is. */
export const stacks: Readonly<Record<string, Wishes>> = {
  "IPv4 and IPv6": { ClusterConfiguration: { networking: fourSix } },
  "IPv4 and IPv6, with addresses for the kubelet and sizes of a node's part": {
    InitConfiguration: { nodeRegistration: { kubeletExtraArgs: args([["node-ip", "10.0.0.11,fd00:10::11"]]) } },
    ClusterConfiguration: {
      networking: fourSix,
      controllerManager: {
        extraArgs: args([
          ["node-cidr-mask-size-ipv4", "25"],
          ["node-cidr-mask-size-ipv6", "72"],
        ]),
      },
    },
  },
  "two families of pods, one of Services": { ClusterConfiguration: { networking: { podSubnet: fourSix.podSubnet } } },
  "IPv6 and IPv4, with an endpoint in brackets": {
    InitConfiguration: { localAPIEndpoint: { advertiseAddress: advertised, bindPort: 7443 } },
    ClusterConfiguration: { networking: sixFour, controlPlaneEndpoint: `[${advertised}]:7443` },
  },
  "IPv6 alone": {
    InitConfiguration: { localAPIEndpoint: { advertiseAddress: advertised } },
    ClusterConfiguration: { networking: six, controlPlaneEndpoint: advertised, apiServer: { certSANs: ["2001:DB8:0::9", "192.0.2.9"] } },
    KubeProxyConfiguration: { mode: "nftables" },
  },
  "IPv6 alone, with addresses of one's own to listen on": {
    InitConfiguration: { localAPIEndpoint: { advertiseAddress: advertised } },
    ClusterConfiguration: {
      networking: six,
      apiServer: { extraArgs: args([["bind-address", "::"]]) },
      controllerManager: { extraArgs: args([["bind-address", "::1"]]) },
      scheduler: { extraArgs: args([["bind-address", "::"]]) },
      etcd: { local: { extraArgs: args([["listen-metrics-urls", "http://[::1]:2381,http://[fd00:10::11]:2381"]]) } },
    },
    KubeProxyConfiguration: { bindAddress: "::1" },
  },
};
