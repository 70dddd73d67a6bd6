import { access } from "node:fs/promises";
import { join } from "node:path";
import type { FleetOptions } from "../actions/options.ts";
import { UserError } from "../shared/errors.ts";
import { quoteAll } from "../shared/quote.ts";
import { secrets } from "../shared/secrets.ts";
import type { Values } from "./command.ts";
import type { Io } from "./io.ts";
import type { fleetOptions, runOptions, supplyOptions } from "./shared-options.ts";

export type FleetValues = Values<typeof fleetOptions> &
  Partial<Pick<Values<typeof runOptions>, "keep-going"> & Values<typeof supplyOptions>>;

/** The configuration's path: `--file`, else KBS_CONFIG, else ./kbs.yaml. @throws UserError when there is none of them. */
export const configFile = async (named: string | undefined, { env, cwd }: Pick<Io, "env" | "cwd">): Promise<string> => {
  if (named !== undefined) return named;
  const fromEnvironment = env["KBS_CONFIG"];
  if (fromEnvironment) return fromEnvironment;
  const usual = join(cwd, "kbs.yaml");
  const exists = await access(usual).then(
    () => true,
    () => false,
  );
  if (exists) return usual;
  throw new UserError("no configuration is named, and there is no kbs.yaml in the working directory", {
    hint: "name one by -f FILE or KBS_CONFIG; `kbs create config > kbs.yaml` writes one to start from",
  });
};

/** The command as typed, ready to be typed again but for a token, which is masked: what stands here goes to logs, events and hosts. */
export const commandLine = ({ argv }: Pick<Io, "argv">): string => secrets.mask(quoteAll(["kbs", ...argv]));

/** What an action takes from the command line. */
export const toFleetOptions = (
  values: FleetValues,
  io: Io,
  { file, bus, signal, prompt }: Pick<FleetOptions, "file" | "bus" | "signal"> & { readonly prompt: FleetOptions["prompt"] | undefined },
): FleetOptions => ({
  file,
  limit: values.limit,
  concurrency: values.concurrency,
  timeout: values.timeout * 1000,
  keepGoing: values["keep-going"] ?? false,
  acceptNewHostKeys: values["accept-new-host-keys"],
  ...(values.bundle !== undefined && { bundle: values.bundle }),
  ignorePreflight: values["ignore-preflight-errors"] ?? [],
  bus,
  signal,
  ...(prompt !== undefined && { prompt }),
  command: commandLine(io),
});
