import { resolve } from "node:path";
import type { Cluster } from "../../config/types.ts";
import type { Context } from "../../phases/context.ts";
import { operatorKubeconfig } from "../../pki/kubeconfig/operator.ts";
import { UserError } from "../../shared/errors.ts";
import { writeOwnFile } from "../../shared/own-file.ts";
import { kubernetesDirectory } from "../../templates/paths.ts";
import { mergeIntoOwn } from "./merge.ts";

export const adminConf = `${kubernetesDirectory}/admin.conf`;

/** Where a kubeconfig goes. With neither, to `<cluster>.kubeconfig` in the working directory. */
export interface KubeconfigPlace {
  readonly kubeconfigFile?: string;
  readonly mergeKubeconfig: boolean;
}

/** The administrator's kubeconfig for use away from its host. @throws UserError when admin.conf holds no client certificate */
export const forOperator = (admin: string, cluster: Cluster): string => {
  const text = operatorKubeconfig(admin, cluster);
  if (text !== undefined) return text;
  throw new UserError(`${adminConf} of the first control plane holds no client certificate`, {
    exit: "phase",
    hint: "put back the file that kbs or kubeadm wrote",
  });
};

/** Writes a kubeconfig to its places, readable by this user alone, and returns the path of the one that was named, else of the one that was written. */
export const placeKubeconfig = async (
  text: string,
  cluster: string,
  { kubeconfigFile, mergeKubeconfig }: KubeconfigPlace,
): Promise<string> => {
  const merged = mergeKubeconfig ? await mergeIntoOwn(text, process.env) : undefined;
  if (merged !== undefined && kubeconfigFile === undefined) return merged;
  const path = resolve(kubeconfigFile ?? `${cluster}.kubeconfig`);
  await writeOwnFile(path, text);
  return path;
};

/** Gives the operator a kubeconfig of the cluster that a run has made. @throws UserError when its place is refused, see {@link writeOwnFile} */
export const writeKubeconfig = async (
  { learned, cluster }: Pick<Context, "learned" | "cluster">,
  place: KubeconfigPlace,
): Promise<string> => {
  const admin = learned.get("pki").find(({ path }) => path === adminConf);
  return await placeKubeconfig(forOperator(admin?.content.toString() ?? "", cluster), cluster.name, place);
};
