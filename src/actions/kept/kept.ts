import type { Survey } from "../survey.ts";
import { refuseOtherEtcd } from "./etcd.ts";
import { refuseOtherNetworks } from "./networks.ts";
import { refuseOtherPlaces } from "./places.ts";
import { refuseOtherVersion } from "./version.ts";

/**
 * What a cluster that lives keeps, whatever a file says by now. For commands that make, plan or ask whether that would work: those that only look, or give
 * back, go by what the hosts have.
 * @throws UserError exit "usage"
 */
export const refuseOtherCluster = ({
  cluster,
  facts,
  pkiFound,
  clusterId,
}: Pick<Survey, "cluster" | "facts" | "pkiFound" | "clusterId">): void => {
  refuseOtherEtcd(cluster, facts);
  refuseOtherPlaces(cluster, { facts, pkiFound });
  refuseOtherNetworks(cluster, facts, clusterId);
  refuseOtherVersion(cluster, facts);
};
