import type { InitOptions } from "../../actions/init/init.ts";
import type { FleetOptions } from "../../actions/options.ts";
import { proxyVariables } from "../../config/proxy-variables.ts";
import { isRoot } from "../../shared/is-root.ts";
import type { Values } from "../command.ts";
import type { Io } from "../io.ts";
import { duration, onOff } from "../options.ts";
import { fleetOptions, runOptions, supplyOptions } from "../shared-options.ts";
import { clusterFlags, tokenFlags } from "./flags.ts";

/** Of an init, whole or phase by phase. */
export const initOptions = {
  ...clusterFlags,
  ...tokenFlags,
  "dry-run": onOff("Show what would be done and why, and leave no trace on the machine"),
  bundle: supplyOptions.bundle,
  "ignore-preflight-errors": supplyOptions["ignore-preflight-errors"],
  timeout: duration("Give up after this time", "30m"),
  "log-file": fleetOptions["log-file"],
  yes: runOptions.yes,
  output: runOptions.output,
};

export type InitValues = Values<typeof initOptions>;

/** What the action takes of them. */
export const initOptionsOf = (values: InitValues, fleet: FleetOptions, { env }: Pick<Io, "env">): InitOptions => ({
  ...fleet,
  flags: values,
  skipPhases: values["skip-phases"],
  ...(values.config !== undefined && { config: values.config }),
  ...(values.token && { token: values.token }),
  ...(values["token-ttl"] !== undefined && { life: values["token-ttl"] }),
  uploadsCertificates: values["upload-certs"],
  ...(values["certificate-key"] !== undefined && { certificateKey: values["certificate-key"] }),
  ...(values.patches !== undefined && { patches: values.patches }),
  proxyVariables: proxyVariables(env),
  isRoot: isRoot(),
});
