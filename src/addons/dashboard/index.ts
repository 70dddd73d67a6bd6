import { addressesOf } from "../../config/roles.ts";
import type { Cluster } from "../../config/types.ts";
import { canBeSan } from "../../pki/names.ts";
import type { AddonModule, CertificateNeed } from "../addon.ts";
import { accessObjects } from "./access.ts";
import { dashboardCertificate, dashboardNamespace, dashboardSecret, dashboardServer } from "./names.ts";
import { serverObjects } from "./server.ts";
import { dashboardValues, readDashboardValues } from "./values.ts";

export { dashboardNamespace, dashboardServer, dashboardUser } from "./names.ts";

/** Headlamp 0.45: the first with which its flags for TLS were checked. */
const version = "v0.45.0";

const image = ({ supply }: Cluster): string => {
  const isDefault = supply.imageRepository === "" || supply.imageRepository === "registry.k8s.io";
  return `${isDefault ? "ghcr.io/headlamp-k8s" : supply.imageRepository}/headlamp:${version}`;
};

/** A NodePort answers on every node, by every name that the node has. */
const certificate = ({ hosts, controlPlaneEndpoint, kubernetes }: Cluster): CertificateNeed => {
  const service = `${dashboardServer}.${dashboardNamespace}.svc`;
  const nodes = hosts.flatMap((host) => [host.name, ...addressesOf(host), host.address]);
  const all = [service, `${service}.${kubernetes.dnsDomain}`, controlPlaneEndpoint.host, ...nodes, "localhost", "127.0.0.1"];
  return {
    name: dashboardCertificate,
    commonName: dashboardServer,
    sans: [...new Set(all.filter(canBeSan))],
    secret: { namespace: dashboardNamespace, name: dashboardSecret },
  };
};

/** A web page in which a cluster can be looked at and worked on. */
export const dashboard: AddonModule = {
  name: "dashboard",
  description: "Headlamp on a port of every node, with TLS by the cluster's CA; `kbs dashboard token` logs in.",
  values: dashboardValues,
  images: (cluster) => [image(cluster)],
  certificates: (cluster) => [certificate(cluster)],
  objects: (cluster, values, made) => {
    const server = made[dashboardCertificate];
    if (server === undefined) throw new Error("the dashboard's certificate has not been made");
    return [...accessObjects, ...serverObjects({ image: image(cluster), nodePort: readDashboardValues(values).nodePort, made: server })];
  },
};
