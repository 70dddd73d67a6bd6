import { isControlPlane } from "../../config/roles.ts";
import type { Cluster } from "../../config/types.ts";
import { canBeSan, urlHost } from "../names.ts";
import { readKubeconfig, renderKubeconfig } from "./kubeconfig.ts";

/** Names under which several clusters live in one kubeconfig. */
const operatorNames = (cluster: string) => ({ cluster, user: `${cluster}-admin`, context: cluster });

/**
 * The API server as an operator reaches it: the control-plane endpoint. Where that is only the internal address of the first control plane, or a name
 * that only the cluster's own hosts know, it is the address to which SSH goes, if the certificate can name it; a name that only SSH's own
 * configuration knows leads kubectl nowhere.
 */
export const operatorServer = ({
  hosts,
  controlPlaneEndpoint: endpoint,
  loadBalancer,
  kubernetes,
}: Pick<Cluster, "hosts" | "controlPlaneEndpoint" | "loadBalancer" | "kubernetes">): string => {
  const first = hosts.find(isControlPlane);
  const isOfNodes = loadBalancer === "haproxy";
  if (first && (isOfNodes || endpoint.host === first.internalAddress)) {
    const outside = !first.local && canBeSan(first.address) ? first.address : undefined;
    if (outside !== undefined || isOfNodes) return `https://${urlHost(outside ?? first.internalAddress)}:${kubernetes.apiServer.bindPort}`;
  }
  return `https://${urlHost(endpoint.host)}:${endpoint.port}`;
};

/** The administrator's kubeconfig of a control plane, as an operator's machine needs it; undefined when that is none with a client certificate. */
export const operatorKubeconfig = (adminConf: string, cluster: Cluster): string | undefined => {
  const admin = readKubeconfig(adminConf);
  if (!admin?.ca || !admin.clientCertificate || !admin.clientKey) return undefined;
  const { user, context } = operatorNames(cluster.name);
  return renderKubeconfig({
    clusterName: cluster.name,
    server: operatorServer(cluster),
    caPem: admin.ca,
    user,
    context,
    credentials: { certificatePem: admin.clientCertificate, keyPem: admin.clientKey },
  });
};
