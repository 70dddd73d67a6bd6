import { clusterFromKubeadm, joinOfKubeadm, type KubeadmFile, resetOfKubeadm } from "../config/kubeadm/index.ts";
import { ConfigError, type Problem } from "../config/problems.ts";
import { UserError } from "../shared/errors.ts";
import { familiesOf } from "../shared/ip.ts";
import { handled, invitationOf } from "./init/file.ts";
import { skippedPhases } from "./init/skip.ts";
import { skippedJoinPhases } from "./join/skip.ts";

/** A command that reads kubeadm's files, and the kind that tells what to do. */
interface Reader {
  readonly file: KubeadmFile;
  readonly command: string;
  readonly kind: "InitConfiguration" | "JoinConfiguration" | "ResetConfiguration";
}

/** What a command refuses as it reads; of what has no place of its own, the field is told. */
const refusedIn = ({ file, command, kind }: Reader, field: string, read: () => unknown): readonly Problem[] => {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) {
      const refused = error.problems.filter(({ severity }) => severity === "error");
      return refused.map((problem) => ({ ...problem, severity: "warning", message: `${command} refuses this: ${problem.message}` }));
    }
    if (!(error instanceof UserError)) throw error;
    const { message, details } = error;
    return [file.place({ kind, path: [field], severity: "warning", message: `${command} refuses this: ${message}`, hint: details.hint })];
  }
};

/** What stands for a machine of which nothing is known: an address that is there to be written down (RFC 5737, RFC 3849). */
const someMachine = (serviceSubnet = "") => ({ name: "node", address: familiesOf(serviceSubnet)[0] === 6 ? "2001:db8::1" : "192.0.2.1" });

const ofInit = (file: KubeadmFile): readonly Problem[] => {
  const { InitConfiguration: init, ClusterConfiguration: cluster } = file.documents;
  if (init === undefined && cluster === undefined) return [];
  const reader: Reader = { file, command: "kbs init", kind: "InitConfiguration" };
  const { skipPhases = [], bootstrapTokens = [] } = init ?? {};
  const here = someMachine(cluster?.networking?.serviceSubnet);
  return [
    ...refusedIn(reader, "kind", () => clusterFromKubeadm(file, here, { network: "flannel", handled })),
    ...refusedIn(reader, "skipPhases", () => skippedPhases(skipPhases, "skipPhases")),
    ...refusedIn(reader, "bootstrapTokens", () => invitationOf({ bootstrapTokens }, "bootstrapTokens")),
  ];
};

const ofJoin = (file: KubeadmFile): readonly Problem[] => {
  const { JoinConfiguration: join } = file.documents;
  if (join === undefined) return [];
  const reader: Reader = { file, command: "kbs join", kind: "JoinConfiguration" };
  return [
    ...refusedIn(reader, "kind", () => joinOfKubeadm(file)),
    ...refusedIn(reader, "skipPhases", () => skippedJoinPhases(join.skipPhases ?? [], "skipPhases")),
  ];
};

const ofReset = (file: KubeadmFile): readonly Problem[] =>
  file.documents.ResetConfiguration === undefined
    ? []
    : refusedIn({ file, command: "kbs reset", kind: "ResetConfiguration" }, "kind", () => resetOfKubeadm(file));

/**
 * What the commands of kbs that read such a file would refuse of it before they look at the machine. Warnings that name the command: kubeadm may take
 * all of it.
 */
export const refusalsOf = (file: KubeadmFile): readonly Problem[] => [...ofInit(file), ...ofJoin(file), ...ofReset(file)];
