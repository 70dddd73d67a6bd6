import { isKubeadmText } from "../../config/kubeadm/detect.ts";
import { type JoinRun, joinOfKubeadm, readKubeadmText } from "../../config/kubeadm/index.ts";
import { readSource } from "../../config/read-source.ts";
import { parseEndpoint } from "../../kube/discovery-by/endpoint.ts";
import { parsePins } from "../../kube/discovery-by/pins.ts";
import { type BootstrapToken, parseToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import type { Discovery } from "./discover.ts";

/** What kubeadm's file asks of a join. */
export interface JoinFile extends Omit<JoinRun, "discovery" | "patchesDirectory"> {
  readonly discovery: Discovery;
  readonly tlsToken: BootstrapToken | undefined;
  /** A folder. */
  readonly patches?: string;
  /** What a person should hear of it. */
  readonly warnings: readonly string[];
}

/** Rules have judged what is written. */
const discoveryOf = ({ bootstrapToken, file }: JoinRun["discovery"], name: string): Discovery => {
  const where = `${name}: JoinConfiguration.discovery`;
  if (file?.kubeConfigPath) return { by: "file", place: file.kubeConfigPath };
  const { apiServerEndpoint = "", token = "", caCertHashes = [] } = bootstrapToken ?? {};
  return {
    by: "token",
    endpoint: parseEndpoint(apiServerEndpoint),
    token: parseToken(token, `${where}.bootstrapToken.token`),
    pins: parsePins(caCertHashes, `${where}.bootstrapToken.caCertHashes`),
  };
};

/**
 * What kubeadm's file asks for; undefined when the file is one of kbs's own, which says nothing of a join.
 * @param path of the file; standard input is not read here, since kbs's own is read once more
 * @throws ConfigError, UserError
 */
export const readJoinFile = async (path: string): Promise<JoinFile | undefined> => {
  if (path === "-") throw new UserError("--config: kbs join reads a file, not standard input", { hint: "name the file" });
  const source = await readSource(path, process.stdin);
  if (!isKubeadmText(source.text)) return undefined;
  const { run, warnings } = joinOfKubeadm(readKubeadmText(source));
  const { discovery, patchesDirectory, ...rest } = run;
  const found = discoveryOf(discovery, source.name);
  const { tlsBootstrapToken } = discovery;
  const tlsToken = tlsBootstrapToken
    ? parseToken(tlsBootstrapToken, `${source.name}: JoinConfiguration.discovery.tlsBootstrapToken`)
    : undefined;
  return {
    ...rest,
    ...(patchesDirectory !== undefined && { patches: patchesDirectory }),
    discovery: found,
    tlsToken,
    warnings: warnings.map(({ message, path: where }) => `${source.name}: ${where}: ${message}`),
  };
};
