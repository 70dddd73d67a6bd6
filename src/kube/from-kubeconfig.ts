import type { Host } from "../changes/host.ts";
import { readKubeconfig } from "../pki/kubeconfig/kubeconfig.ts";
import { urlHost } from "../pki/names.ts";
import { openKube } from "./client.ts";
import type { Kube } from "./types.ts";

/** An API server that listens on a host to which there is a door. */
export interface ServerOn {
  readonly door: Pick<Host, "name" | "dial">;
  /** The address at which it is dialled from there. */
  readonly at: string;
  readonly port: number;
  /** Its host's, as errors call it. */
  readonly address: string;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
}

/** Opens the API through the host's door, as the user of a kubeconfig; undefined when that holds no CA or client certificate. */
export const openKubeOn = ({ door, at, port, address, signal }: ServerOn, kubeconfig: string): Kube | undefined => {
  const { ca, clientCertificate, clientKey } = readKubeconfig(kubeconfig) ?? {};
  if (ca === undefined || clientCertificate === undefined || clientKey === undefined) return undefined;
  return openKube({
    dial: (dialSignal) => door.dial(at, port, dialSignal ? { signal: dialSignal } : {}),
    serverName: "kubernetes",
    ca,
    cert: clientCertificate,
    key: clientKey,
    describe: `${door.name} (${urlHost(address)}:${port})`,
    ...(signal && { signal }),
  });
};
