import { defaults } from "./defaults.ts";
import { asWritten, choice, flag, integer, list, port, type SchemaNode, secret, section, text } from "./schema-node.ts";

const login: Record<string, SchemaNode> = {
  user: text("User to log in as. Default: what ~/.ssh/config says, else the user who runs kbs.", { examples: ["ubuntu"] }),
  port: port("Port of sshd. Default: what ~/.ssh/config says, else 22.", { examples: [22] }),
  identityFile: text("Private key. `~` is the home folder; a relative path starts at the folder of this file.", {
    examples: ["~/.ssh/id_ed25519"],
  }),
  passphrase: secret("Passphrase of the private key.", "env:KBS_PASSPHRASE"),
  password: secret("Password for SSH, also for keyboard-interactive log-in.", "env:KBS_PASSWORD"),
};

const jumpHost: SchemaNode = {
  ...section("A host in between: `user@host:port`, or a map.", {
    host: text("Address or name of the jump host.", { examples: ["bastion.example.com"] }),
    ...login,
  }),
  type: ["string", "object"],
  required: ["host"],
  examples: ["ops@bastion.example.com:22"],
};

const ssh = (description: string): SchemaNode =>
  section(description, {
    ...login,
    sudoPassword: secret("Password that sudo asks for. Default: password.", "env:KBS_SUDO_PASSWORD"),
    agent: flag("Whether keys of the SSH agent may be offered.", defaults.agent),
    jumpHosts: list("Hosts to pass on the way, in order. Default: ProxyJump of ~/.ssh/config; [] for none.", jumpHost, {
      examples: [["ops@bastion.example.com:22"]],
    }),
    connectTimeout: integer("Seconds to wait for a connection.", { minimum: 1, maximum: 600, default: defaults.connectTimeout }),
    keepAliveInterval: integer("Seconds between two signs of life on an idle connection; 0 for none.", {
      minimum: 0,
      maximum: 3600,
      default: defaults.keepAliveInterval,
    }),
  });

const effect = choice("What the taint does to pods that do not tolerate it.", ["NoSchedule", "PreferNoSchedule", "NoExecute"]);

const taint: SchemaNode = {
  ...section("A taint: `key=value:Effect`, or a map.", {
    key: text("Key of the taint.", { examples: ["dedicated"] }),
    value: { ...asWritten, description: "Value of the taint.", default: "" },
    effect,
  }),
  type: ["string", "object"],
  required: ["key", "effect"],
  examples: ["dedicated=gpu:NoSchedule"],
};

export const sshDefaults = ssh("How to log in: defaults for every host.");

export const hosts = list(
  "The machines of the cluster.",
  section(
    "One machine.",
    {
      name: text("Name of the node: lower-case letters, digits and `-`. kbs makes it the machine's host name.", { examples: ["cp1"] }),
      address: text("Where SSH goes: an IP address, or a name if internalAddress is given.", { examples: ["10.0.0.11"] }),
      internalAddress: text(
        "The node's IP address, used by etcd, the API server and the pod network; with dual stack one of each family. Default: address.",
        { examples: ["10.0.0.11", "10.0.0.11,fd00::11"] },
      ),
      roles: list(
        "What the machine is. A control plane that is also a worker runs ordinary pods and carries no taint.",
        choice("A role.", ["control-plane", "worker", "etcd"]),
        { minItems: 1, uniqueItems: true, examples: [["control-plane"], ["worker"]] },
      ),
      labels: {
        type: "object",
        description: "Labels of the node.",
        additionalProperties: asWritten,
        default: {},
        examples: [{ disk: "ssd" }],
      },
      taints: list(
        "Taints of the node. Default: none, on a control plane that is no worker node-role.kubernetes.io/control-plane:NoSchedule.",
        taint,
        { examples: [["dedicated=gpu:NoSchedule"]] },
      ),
      local: flag("This machine is the one on which kbs runs: no SSH is used.", false),
      ssh: ssh("How to log in to this host, over the defaults of spec.ssh."),
    },
    { required: ["name", "address", "roles"] },
  ),
  { minItems: 1, examples: [[{ name: "cp1", address: "10.0.0.11", roles: ["control-plane"] }]] },
);
