import type { Change } from "../../changes/change.ts";
import type { ClusterHost } from "../../config/types.ts";
import { kubeletConfigFile, kubeletInstanceConfigFile } from "../../templates/kubelet/configuration.ts";
import { kubeletFlagsFile } from "../../templates/kubelet/flags.ts";
import { kubeletBinary, kubeletDropIn, kubeletUnit } from "../../templates/kubelet/unit.ts";
import { certificatesOf } from "../../templates/paths.ts";
import { type Context, factsOf } from "../context.ts";

/**
 * What every kubelet is configured by, and the service that has loaded it: of kbs's units or of those that were found.
 * @param passing files that it reads at its start for as long as it has no certificate.
 */
export const kubeletConfiguration = (context: Context, host: ClusterHost, passing: readonly string[] = []): Change[] => {
  const { systemd, identity } = factsOf(context, host.name);
  const systemdResolved = systemd.units["systemd-resolved"]?.active === "active";
  const { kubelet } = context.provision(host.name);
  // A machine that is prepared by packages keeps its name, as with kubeadm.
  const otherName = kubelet && identity.hostname.toLowerCase() !== host.name;
  const files = [
    kubeletFlagsFile(context.cluster, host, { hostnameOverride: otherName }),
    kubeletInstanceConfigFile(context.cluster),
    kubeletConfigFile(context.cluster, { systemdResolved }),
  ];
  const program = kubelet ? [kubelet.path, kubelet.unit, ...kubelet.dropIns] : [kubeletBinary, kubeletUnit.path, kubeletDropIn.path];
  const inputs = [...program, ...files.map((file) => file.path), `${certificatesOf(context.cluster)}/ca.crt`];
  return [...files.map((file): Change => ({ kind: "file", ...file })), { kind: "service", unit: "kubelet.service", inputs, passing }];
};
