import { choice, count, duration, list, onOff, text, wholeNumber } from "./options.ts";

/** Understood by every command, before or after its name. */
export const globalOptions = {
  verbose: count("Say more: -v every change, -vv every exchange with a host, -vvv what it answered too", { alias: "v" }),
  quiet: onOff("Say only what went wrong", { alias: "q" }),
  "no-color": onOff("Use no colours, as NO_COLOR in the environment does"),
  debug: onOff("When kbs itself fails, show where"),
  help: onOff("Show this text", { alias: "h" }),
};

/** Of every command that reads a configuration and talks to hosts. */
export const fleetOptions = {
  file: text("The configuration; - is standard input (default: KBS_CONFIG, then ./kbs.yaml)", {
    alias: "f",
    placeholder: "FILE",
    complete: "file",
  }),
  limit: list("Touch only these hosts", { placeholder: "HOST,…", complete: "hosts" }),
  concurrency: wholeNumber("How many hosts are worked on at once", 30),
  timeout: duration("Give up after this time", "30m"),
  "accept-new-host-keys": onOff("Trust the SSH key of a host that was never seen; a changed key is still refused"),
  "log-file": text("Write the full log there", { placeholder: "FILE", complete: "file" }),
};

/** Of those that change hosts. */
export const runOptions = {
  ...fleetOptions,
  "keep-going": onOff("Go on with the other hosts when one is not fit, or fails"),
  yes: onOff("Answer yes where kbs would ask for confirmation"),
  output: choice("Text for a person, or an event a line on standard output", ["text", "json"], { alias: "o" }),
};

/** Of those that only read: the answer is one document on standard output. */
export const readOptions = {
  ...fleetOptions,
  output: choice("Text for a person, or one JSON document", ["text", "json"], { alias: "o" }),
};

/** Of those that install. */
export const supplyOptions = {
  bundle: text("Take binaries and images from this bundle, or this folder of bundles", { placeholder: "PATH", complete: "file" }),
  "ignore-preflight-errors": list("Ids of preflight checks whose errors are accepted, or all", { placeholder: "ID,…" }),
};
