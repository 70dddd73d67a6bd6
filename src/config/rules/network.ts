import { show } from "../problems.ts";
import { type Rule, when } from "./rule.ts";

const flannel = ["spec", "network", "flannel"] as const;

export const flannelOptions: Rule = ({ file, cluster }) => {
  const written = file.spec?.network?.flannel;
  if (written === undefined) return [];
  const { backend, directRouting, interface: device } = cluster.network.flannel;
  return [
    ...when(cluster.network.plugin === "none", {
      path: flannel,
      at: "key",
      severity: "warning",
      message: "is not used, since plugin is none",
    }),
    ...when(directRouting && backend !== "vxlan", { path: [...flannel, "directRouting"], message: `is for backend vxlan, not ${backend}` }),
    // IFNAMSIZ of Linux is 16 with the final zero byte
    ...when(device !== undefined && !/^[^\s/:]{1,15}$/.test(device), {
      path: [...flannel, "interface"],
      message: `${show(device)} is not a network interface`,
    }),
  ];
};
