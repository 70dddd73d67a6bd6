import type { Host } from "../../changes/host.ts";
import { openKubeOn } from "../../kube/from-kubeconfig.ts";
import type { Kube } from "../../kube/types.ts";
import { UserError } from "../../shared/errors.ts";
import { ownApiServer } from "../../templates/static-pods/index.ts";
import { adminConf } from "../kubeconfig/write.ts";
import type { FleetOptions } from "../options.ts";
import type { Glimpse } from "./first-control-plane.ts";

/** The control planes through which the cluster can be asked: those that were reached and have an administrator's kubeconfig. */
const allAdministered = ({ cluster, fleet, pkiFound }: Glimpse) =>
  cluster.hosts.flatMap((host) => {
    const door = fleet.doors.get(host.name);
    const admin = pkiFound.get(host.name)?.get(adminConf);
    return door && admin ? [{ host, door, admin: admin.content.toString() }] : [];
  });

const administered = (found: Glimpse) => allAdministered(found)[0];

/** A way to the first API server that listens: each of them takes every administrator's certificate. */
const firstThatListens =
  (doors: readonly Host[]): Host["dial"] =>
  async (address, port, options) => {
    let failure: unknown;
    for (const door of doors) {
      try {
        return await door.dial(address, port, options);
      } catch (error) {
        options?.signal?.throwIfAborted();
        failure ??= error;
      }
    }
    throw failure;
  };

/** The administrator's kubeconfig as it stands on a control plane. @throws UserError where there is none yet */
export const readAdminConf = (found: Glimpse, { file }: Pick<FleetOptions, "file">): string => {
  const admin = administered(found)?.admin;
  if (admin !== undefined) return admin;
  const name = found.cluster.hosts.find((host) => found.pkiFound.has(host.name))?.name;
  if (name === undefined) {
    throw new UserError("no control plane can be reached, so nothing is known of the API", {
      exit: "unreachable",
      hint: "see whether the hosts are up and reachable",
    });
  }
  throw new UserError(`the cluster ${found.cluster.name} is not there yet: its control plane has no ${adminConf}`, {
    exit: "phase",
    host: name,
    hint: `"kbs create cluster -f ${file}" makes it`,
  });
};

/**
 * The API of a cluster that exists, as administrator, through the door of a control plane. Connects at the first request.
 * @throws UserError exit "phase" when there is no cluster yet
 */
export const openApi = (found: Glimpse, options: Pick<FleetOptions, "file" | "signal">): Kube => {
  const admin = readAdminConf(found, options);
  const all = allAdministered(found);
  const { host } = all[0] ?? {};
  const dial = firstThatListens(all.map(({ door }) => door));
  const kube =
    host &&
    openKubeOn(
      {
        door: { name: host.name, dial },
        ...ownApiServer(found.cluster),
        address: host.internalAddress,
        signal: options.signal,
      },
      admin,
    );
  if (kube) return kube;
  throw new UserError(`${adminConf} holds no client certificate`, {
    exit: "phase",
    ...(host && { host: host.name }),
    hint: `"kbs create cluster -f ${options.file}" writes it anew`,
  });
};
