import type { Context } from "./command.ts";

/** What a session of this machine alone takes from the command line: there is one host, and no configuration needs to be found. */
export const machineSession = <Typed extends object>(path: readonly string[], values: Typed, context: Context) =>
  ({
    path,
    context,
    needsNoFile: true,
    values: { ...values, file: undefined, limit: [], concurrency: 1, "accept-new-host-keys": false },
  }) as const;
