import { UserError } from "../../shared/errors.ts";
import type { EncryptionAlgorithm } from "../types.ts";
import type { Documents } from "./file-types.ts";
import { featureGates } from "./rules/cluster.ts";
import { unsupportedGates } from "./unsupported.ts";

const read = (text: string): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    text.split(",").map((word) => {
      const [, name = "", value = ""] = /^\s*([A-Za-z]+)=(true|false)\s*$/.exec(word) ?? [];
      if (name === "") {
        throw new UserError(`--feature-gates: ${JSON.stringify(word)} is not a gate`, { hint: "write Name=true,Other=false" });
      }
      return [name, value === "true"];
    }),
  );

/** What kubeadm's gates on the command line ask for. */
export interface Gates {
  readonly encryptionAlgorithm?: EncryptionAlgorithm;
  readonly warnings: readonly string[];
}

/**
 * Gates of kubeadm, as `--feature-gates` has them, judged as those of a file are.
 * @throws UserError for one that is none, is gone, or asks for what kbs cannot do
 */
export const gatesOf = (text: string, kubernetesVersion: string): Gates => {
  const documents: Documents = { ClusterConfiguration: { featureGates: read(text), kubernetesVersion } };
  const findings = [...featureGates({ documents, intact: () => true }), ...unsupportedGates(documents)];
  const sentences = (severity: "warning" | "error"): readonly string[] =>
    findings
      .filter((finding) => (finding.severity ?? "error") === severity)
      .map(({ path, message, hint }) => `--feature-gates: ${path.at(-1) ?? ""}: ${message}${hint === undefined ? "" : ` (${hint})`}`);
  const wrong = sentences("error");
  if (wrong.length > 0) throw new UserError(wrong.join("\n"));
  const ecdsa = documents.ClusterConfiguration?.featureGates?.["PublicKeysECDSA"];
  return { warnings: sentences("warning"), ...(ecdsa !== undefined && { encryptionAlgorithm: ecdsa ? "ECDSA-P256" : "RSA-2048" }) };
};
