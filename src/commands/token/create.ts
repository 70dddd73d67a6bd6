import { UserError } from "../../shared/errors.ts";
import { apiOptions, apiPlace, apiSession } from "../api-options.ts";
import { defineCommand } from "../command.ts";
import { choice, list, onOff, text } from "../options.ts";
import { withSession } from "../session.ts";
import { secretPlaces } from "../typed-secret.ts";
import { certificateKeyOption, readGroups, readToken, readUsages, ttlOption } from "./wish.ts";

const path = ["token", "create"] as const;

export const tokenCreate = defineCommand({
  path,
  summary: "Make a bootstrap token, by which machines join the cluster, and print it",
  description:
    "Without -f, of the cluster of this machine. Whoever has the token can make a machine a node while it is good. It is printed on standard " +
    "output and appears in no log.",
  options: {
    ...apiOptions,
    ttl: ttlOption,
    usages: list("What it may be used for (default: signing,authentication)", {
      placeholder: "USAGE,…",
      complete: ["signing", "authentication", "signing,authentication"],
    }),
    groups: list("Groups that whoever logs in by it is in (default: that of joining nodes)", { placeholder: "GROUP,…" }),
    description: text("What it is for, for people", { placeholder: "TEXT" }),
    "print-join-command": onOff("Print the whole line to type on a machine that is to join"),
    "certificate-key": certificateKeyOption(`With --print-join-command: make that line one for a control plane; ${secretPlaces}`),
    output: choice("The token alone, or one JSON document", ["text", "json"], { alias: "o" }),
  },
  place: { name: "token", summary: "the token to make, such as abcdef.0123456789abcdef; a new one when left out", fallback: "" },
  examples: [
    ["sudo kbs token create --print-join-command", "on a control plane: the line for a new machine"],
    ["kbs token create -f kbs.yaml --ttl 2h --description 'new rack'", "of a fleet, from anywhere"],
  ],
  exits: ["preflight", "unreachable", "phase"],
  run: async (values, context) => {
    const certificateKey = values["certificate-key"];
    const usages = readUsages(values.usages);
    // Before anything is logged: the command line itself may hold secrets.
    const token = readToken(context.word);
    const wish = {
      token,
      ttl: values.ttl,
      usages,
      groups: readGroups(values.groups, usages),
      ...(values.description !== undefined && { description: values.description }),
      ...(certificateKey !== undefined && { certificateKey }),
    };
    const wantsLine = values["print-join-command"];
    if (certificateKey !== undefined && !wantsLine)
      throw new UserError("--certificate-key is for the line that --print-join-command prints", { hint: "give both, or none" });
    const place = apiPlace(values);
    return await withSession({ kind: "read", path, context, ...apiSession(values) }, async ({ options, answer }) => {
      const action = await import("../../actions/token/create.ts");
      const { outcome, join, expires } = await action.createToken({ ...options, ...place }, wish);
      const document = { token: token.text, ...(expires && { expires: expires.toISOString() }), ...(wantsLine && { joinCommand: join }) };
      answer(values.output === "json" ? `${JSON.stringify(document, null, 2)}\n` : `${wantsLine ? join : token.text}\n`);
      return outcome;
    });
  },
});
