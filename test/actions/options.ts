import type { FleetOptions } from "../../src/actions/options.ts";
import { createBus } from "../../src/engine/events.ts";

/** What a command line gives to an action when nothing but the configuration was named. */
export const options = (changes: Partial<FleetOptions> = {}): FleetOptions => ({
  file: "kbs.yaml",
  limit: [],
  concurrency: 30,
  timeout: 60_000,
  keepGoing: false,
  acceptNewHostKeys: false,
  ignorePreflight: [],
  bus: createBus(),
  signal: new AbortController().signal,
  command: "kbs",
  ...changes,
});
