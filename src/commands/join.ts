import { defineCommand } from "./command.ts";
import { hashes, joinOptions } from "./join/flags.ts";
import { runJoinCommand } from "./join/run.ts";
import { wishOf } from "./join/wish.ts";

const path = ["join"] as const;

export const join = defineCommand({
  path,
  summary: "Make this machine a worker of a cluster, or one more control plane",
  description:
    "As root, on the machine itself: what kubeadm join does, with its flags and its file, for a cluster that kbs or kubeadm made. Believes the cluster for the " +
    "token's signature and the hash of its CA. Ends when the node has its certificate and is registered, and with --control-plane when its etcd has its vote " +
    "and its API server answers. Run again, it does what is left to do. kbs reset gives the machine back.",
  options: joinOptions,
  place: { name: "endpoint", summary: "the API server, as ADDRESS:PORT", fallback: "" },
  examples: [
    [`kbs join 10.0.0.11:6443 --token … --${hashes} …`, "as kbs init prints it, and kubeadm init"],
    ["kbs join … --control-plane --certificate-key …", "as one more control plane, after kbs init --upload-certs"],
    ["kbs join --discovery-file cluster.conf --tls-bootstrap-token …", "by a kubeconfig of the cluster"],
    ["kbs join … --dry-run", "what would be done"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => await runJoinCommand({ path, values, wish: wishOf(values, context.word), context }),
});
