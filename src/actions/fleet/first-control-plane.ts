import { isControlPlane } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import { pkiFiles, readFact } from "../../facts/index.ts";
import { ownership } from "../../facts/ownership.ts";
import { UserError } from "../../shared/errors.ts";
import { adminConf } from "../kubeconfig/write.ts";
import type { FleetOptions } from "../options.ts";
import { readCluster, type Survey } from "../survey.ts";
import { connectFleet } from "./connect.ts";

/** Of a fleet, what is known when only the PKI of its first control plane was asked for. */
export type Glimpse = Pick<Survey, "cluster" | "fleet" | "pkiFound">;

const otherCluster = (host: string, owner: string, { name, source }: Survey["cluster"]): UserError =>
  new UserError(`this host belongs to the cluster ${owner}, not to ${name}`, {
    exit: "preflight",
    host,
    hint: `correct metadata.name or the host's address in ${source}`,
  });

/**
 * Connects to the first control plane that is part of the cluster, alone, and reads its PKI files. Where none is, to the first that answers.
 * @throws UserError exit "unreachable"; "preflight" when a host belongs to another cluster
 */
export const glimpse = async (options: FleetOptions): Promise<Glimpse> => {
  const cluster = await readCluster(options);
  const all = cluster.hosts.filter(isControlPlane);
  if (all.length === 0) throw new UserError(`${cluster.source} has no control plane`, { hint: "add a host with the role control-plane" });
  let [kept, failure]: [Glimpse | undefined, unknown] = [undefined, undefined];
  for (const host of all) {
    try {
      const found = await glimpseOf(cluster, host, options);
      if (found.pkiFound.get(host.name)?.has(adminConf)) {
        await kept?.fleet.close();
        return found;
      }
      if (kept) await found.fleet.close();
      kept ??= found;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof UserError) || error.exit !== "unreachable") throw error;
      failure ??= error;
    }
  }
  if (kept) return kept;
  throw failure;
};

const glimpseOf = async (cluster: Glimpse["cluster"], first: ClusterHost, options: FleetOptions): Promise<Glimpse> => {
  const fleet = await connectFleet([first], options);
  try {
    const door = fleet.doors.get(first.name);
    if (!door) throw fleet.failures.get(first.name) ?? new Error(`no connection to ${first.name}`);
    const questions = [ownership.question, pkiFiles.question];
    const { records } = await door.send({ kind: "ask", questions }, { signal: options.signal, timeout: 60_000 });
    const owner = readFact(ownership, questions, records);
    if (owner && owner.name !== cluster.name) throw otherCluster(first.name, owner.name, cluster);
    const found = readFact(pkiFiles, questions, records);
    if (found) return { cluster, fleet, pkiFound: new Map([[first.name, found]]) };
    throw new UserError("the files below /etc/kubernetes could not be read", {
      exit: "unreachable",
      host: first.name,
      hint: "they changed while they were read, or are no files; run again",
    });
  } catch (error) {
    await fleet.close();
    throw error;
  }
};
