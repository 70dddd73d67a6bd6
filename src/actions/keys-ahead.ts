import { existsSync } from "node:fs";
import { join } from "node:path";
import type { KeyAlgorithm, KeySupply } from "../pki/keys.ts";
import { preparePki } from "../pki/prepare.ts";
import { pkiDirectory } from "../pki/table.ts";

/** The keys of a new cluster that nothing is known of yet. */
export interface KeysAhead {
  readonly algorithm: KeyAlgorithm;
  readonly supply: KeySupply;
}

/**
 * Begins to make keys of the kind that nearly every cluster has; undefined where this machine has a CA. They take most of a second of one processor
 * (16 keys of 0.05 s), and the first quarter of it nobody else wants while kbs is loaded and looks around.
 */
export const keysAhead = (): KeysAhead | undefined =>
  existsSync(join(pkiDirectory, "ca.crt")) ? undefined : { algorithm: "RSA-2048", supply: preparePki("RSA-2048") };

/** Those that were begun, if they are of the wished kind; else others are begun. */
export const keysOf = (ahead: KeysAhead, algorithm: KeyAlgorithm): KeySupply => {
  if (ahead.algorithm === algorithm) return ahead.supply;
  ahead.supply.stop();
  return preparePki(algorithm);
};
