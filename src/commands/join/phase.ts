import { joinNames } from "../../actions/kubeadm-names.ts";
import { defineCommand } from "../command.ts";
import { joinOptions } from "./flags.ts";
import { runJoinCommand } from "./run.ts";
import { wishOf } from "./wish.ts";

const path = ["join", "phase"] as const;

export const joinPhase = defineCommand({
  path,
  summary: "Do one phase of kbs join on this machine, by kubeadm's name of it",
  description:
    "With the flags or the file of the join. control-plane-prepare (download-certs, certs, kubeconfig, control-plane) and kubelet-start begin; a whole kbs join goes on from " +
    "what is there. All others are for a machine that has begun so; preflight asks all that a join asks before it changes anything. " +
    `The phases: ${joinNames.join(", ")}. Words may stand for slashes, and all for a whole group.`,
  options: joinOptions,
  place: {
    name: "phase",
    summary: "kubeadm's name of it, as one word or two; then the API server, as ADDRESS:PORT",
    complete: joinNames,
    many: true,
  },
  examples: [
    ["kbs join phase preflight 10.0.0.11:6443 --token …", "would it work?"],
    ["kbs join phase control-plane-join --control-plane …", "label and taint the node again"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    const { joinPhaseOf } = await import("../../actions/join/phases.ts");
    const only = joinPhaseOf(context.words);
    return await runJoinCommand({ path, values, wish: wishOf(values, only.rest[0] ?? ""), only, context });
  },
});
