import { joinNames } from "../../actions/kubeadm-names.ts";
import { defaults } from "../../config/defaults.ts";
import { UserError } from "../../shared/errors.ts";
import type { Option, Values } from "../command.ts";
import { duration, list, onOff, text } from "../options.ts";
import { fleetOptions, runOptions, supplyOptions } from "../shared-options.ts";
import { certificateKeyOption, tokenOption } from "../token/wish.ts";
import { secretPlaces } from "../typed-secret.ts";

export const hashes = "discovery-token-ca-cert-hash";
export const unsafe = "discovery-token-unsafe-skip-ca-verification";

const port: Option<number | undefined> = {
  kind: "value",
  summary: `With --control-plane: the port of its API server (default: ${defaults.apiPort})`,
  placeholder: "PORT",
  read: (typed, name) => {
    if (typed === undefined) return undefined;
    if (/^[1-9]\d{0,4}$/.test(typed) && Number(typed) <= 65_535) return Number(typed);
    throw new UserError(`--${name} ${JSON.stringify(typed)} is not a port`, { hint: "a port is from 1 to 65535" });
  },
};

export const joinOptions = {
  token: tokenOption(`The token for discovery and for the kubelet's first certificate, both; ${secretPlaces}`),
  "discovery-token": tokenOption("The token by which cluster-info is signed (default: --token)"),
  "tls-bootstrap-token": tokenOption("The token with which the kubelet asks for its certificate (default: --token)"),
  [hashes]: list("The CA's public key as sha256:HEX; given several times, one must fit", { placeholder: "HASH,…" }),
  [unsafe]: onOff("Believe any CA that cluster-info names under the token's signature: whoever knows the token can pose as the cluster"),
  "discovery-file": text("Find the cluster by this kubeconfig instead, which is believed as it is", {
    placeholder: "FILE|URL",
    complete: "file",
  }),
  "control-plane": onOff("Join as one more control plane"),
  "certificate-key": certificateKeyOption(
    `With --control-plane: the key to what was uploaded; without it the files must lie in /etc/kubernetes/pki; ${secretPlaces}`,
  ),
  "apiserver-advertise-address": text(
    "With --control-plane: the address of its API server (default: that by which this machine reaches the cluster)",
    {
      placeholder: "IP",
    },
  ),
  "apiserver-bind-port": port,
  "node-name": text("The node's name, which becomes the machine's, too (default: the machine's)", { placeholder: "NAME" }),
  "cri-socket": text("The socket of the container runtime (default: that of containerd)", { placeholder: "PATH" }),
  patches: text("A folder of kubeadm's patch files: TARGET[SUFFIX][+TYPE].yaml; kept for later runs on this machine", {
    placeholder: "FOLDER",
    complete: "file",
  }),
  config: text(
    "kubeadm's file with a JoinConfiguration, which says all this; or one of kbs's that names no hosts: its runtime and supply hold here",
    {
      placeholder: "FILE",
      complete: "file",
    },
  ),
  "dry-run": onOff("Show what would be done and why, and leave no trace on the machine"),
  bundle: supplyOptions.bundle,
  "ignore-preflight-errors": supplyOptions["ignore-preflight-errors"],
  "skip-phases": list("kubeadm's names of phases to leave out; kbs join phase --help lists them", {
    placeholder: "PHASE,…",
    complete: joinNames,
  }),
  timeout: duration("Give up after this time", "30m"),
  "log-file": fleetOptions["log-file"],
  yes: runOptions.yes,
  output: runOptions.output,
} as const;

export type JoinValues = Values<typeof joinOptions>;
