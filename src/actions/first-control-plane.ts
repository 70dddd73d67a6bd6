import { isControlPlane } from "../config/roles.ts";
import { pkiFiles, readFact } from "../facts/index.ts";
import { ownership } from "../facts/ownership.ts";
import { UserError } from "../shared/errors.ts";
import { connectFleet } from "./connect.ts";
import type { FleetOptions } from "./options.ts";
import { readCluster, type Survey } from "./survey.ts";

/** Of a fleet, what is known when only the PKI of its first control plane was asked for. */
export type Glimpse = Pick<Survey, "cluster" | "fleet" | "pkiFound">;

const otherCluster = (host: string, owner: string, { name, source }: Survey["cluster"]): UserError =>
  new UserError(`this host belongs to the cluster ${owner}, not to ${name}`, {
    exit: "preflight",
    host,
    hint: `correct metadata.name or the host's address in ${source}`,
  });

/**
 * Connects to the first control plane alone, and reads its PKI files.
 * @throws UserError exit "unreachable"; "preflight" when the host belongs to another cluster
 */
export const glimpse = async (options: FleetOptions): Promise<Glimpse> => {
  const cluster = await readCluster(options);
  const first = cluster.hosts.find(isControlPlane);
  if (!first) throw new UserError(`${cluster.source} has no control plane`, { hint: "add a host with the role control-plane" });
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
