import type { Change } from "../../changes/change.ts";
import type { ClusterHost } from "../../config/types.ts";
import { kubeletConfigFile, kubeletInstanceConfigFile } from "../../templates/kubelet/configuration.ts";
import { kubeletFlagsFile } from "../../templates/kubelet/flags.ts";
import { kubeletBinary, kubeletDropIn, kubeletUnit } from "../../templates/kubelet/unit.ts";
import { pki } from "../../templates/paths.ts";
import { type Context, factsOf } from "../context.ts";

/** What every kubelet is configured by, and the service that has loaded it. */
export const kubeletConfiguration = (context: Context, host: ClusterHost): Change[] => {
  const systemdResolved = factsOf(context, host.name).systemd.units["systemd-resolved"]?.active === "active";
  const files = [
    kubeletFlagsFile(context.cluster, host),
    kubeletInstanceConfigFile(context.cluster),
    kubeletConfigFile(context.cluster, { systemdResolved }),
  ];
  const inputs = [kubeletBinary, kubeletUnit.path, kubeletDropIn.path, ...files.map((file) => file.path), `${pki}/ca.crt`];
  return [...files.map((file): Change => ({ kind: "file", ...file })), { kind: "service", unit: "kubelet.service", inputs }];
};
