import { defineCommand } from "../command.ts";
import { joinOptions } from "./flags.ts";
import { runJoinCommand } from "./run.ts";
import { wishOf } from "./wish.ts";

const path = ["join", "phase"] as const;
const names = ["preflight", "etcd-join", "control-plane-join", "wait-control-plane"];

export const joinPhase = defineCommand({
  path,
  summary: "Do one phase of kbs join on this machine, by kubeadm's name of it",
  description:
    "With the flags or the file of the join. preflight asks all that a join asks before it changes anything. On a control plane that has begun to join by kbs: etcd-join, " +
    "control-plane-join (or control-plane-join mark-control-plane), wait-control-plane. All else of kubeadm's phases kbs join does in one go: the same line again does what is left.",
  options: joinOptions,
  place: { name: "phase", summary: `${names.join(", ")}; then the API server, as ADDRESS:PORT`, complete: names, many: true },
  examples: [
    ["kbs join phase preflight 10.0.0.11:6443 --token …", "would it work?"],
    ["kbs join phase control-plane-join --control-plane …", "label and taint the node again"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    const { joinPhaseOf } = await import("../../actions/join-skip.ts");
    const only = joinPhaseOf(context.words);
    return await runJoinCommand({ path, values, wish: await wishOf(values, only.rest[0] ?? ""), only, context });
  },
});
