import { initNames } from "../../actions/kubeadm-names.ts";
import { defaults } from "../../config/defaults.ts";
import { UserError } from "../../shared/errors.ts";
import type { Option } from "../command.ts";
import { choice, list, onOff, text } from "../options.ts";
import { certificateKeyOption, tokenOption, ttlOption } from "../token/wish.ts";
import { secretPlaces } from "../typed-secret.ts";

const port: Option<number | undefined> = {
  kind: "value",
  summary: `The port of the API server (default: ${defaults.apiPort})`,
  placeholder: "PORT",
  read: (typed, name) => {
    if (typed === undefined) return undefined;
    if (/^[1-9]\d{0,4}$/.test(typed) && Number(typed) <= 65_535) return Number(typed);
    throw new UserError(`--${name} ${JSON.stringify(typed)} is not a port`, { hint: "a port is from 1 to 65535" });
  },
};

/** Whether it was typed matters: a file may say it, too. */
const ifTyped = <T>(option: Option<T>): Option<T | undefined> => ({
  ...option,
  read: (typed, name) => (typed === undefined ? undefined : option.read(typed, name)),
});

/** What is wished of the cluster and of its first node. A flag that could not be honoured is not among them. */
export const clusterFlags = {
  config: text("A configuration of kubeadm's, or one of kbs's that names no hosts; - is standard input", {
    placeholder: "FILE",
    complete: "file",
  }),
  "apiserver-advertise-address": text("The address by which other machines reach this one (default: that of the default route)", {
    placeholder: "IP",
  }),
  "apiserver-bind-port": port,
  "apiserver-cert-extra-sans": ifTyped(list("More names and addresses for the API server's certificate", { placeholder: "NAME,…" })),
  "cert-dir": text("Where certificates and keys are (default: /etc/kubernetes/pki)", { placeholder: "FOLDER", complete: "file" }),
  "control-plane-endpoint": text("A lasting address or name of the API, for nodes and kubeconfigs", { placeholder: "HOST[:PORT]" }),
  "cri-socket": text("The socket of the container runtime (default: that of containerd)", { placeholder: "PATH" }),
  "feature-gates": text("kubeadm's feature gates: those that still exist", { placeholder: "NAME=BOOL,…" }),
  "image-repository": text("Where the images of Kubernetes come from (default: registry.k8s.io)", { placeholder: "REGISTRY" }),
  "kubernetes-version": text(`The version of Kubernetes (default: ${defaults.version})`, { placeholder: "VERSION" }),
  "node-name": text("The node's name, which becomes the machine's, too (default: the machine's)", { placeholder: "NAME" }),
  patches: text("A folder of kubeadm's patch files: TARGET[SUFFIX][+TYPE].yaml; kept for later runs on this machine", {
    placeholder: "FOLDER",
    complete: "file",
  }),
  "pod-network-cidr": text(`The addresses of pods (default: ${defaults.podSubnet}; with --network none: none)`, {
    placeholder: "CIDR[,CIDR]",
  }),
  "service-cidr": text(`The addresses of Services (default: ${defaults.serviceSubnet})`, { placeholder: "CIDR[,CIDR]" }),
  "service-dns-domain": text(`The domain of Services (default: ${defaults.dnsDomain})`, { placeholder: "NAME" }),
  network: ifTyped(choice("The pod network to install", ["flannel", "none"])),
  "skip-phases": list("kubeadm's names of phases to leave out, such as addon/kube-proxy; kbs init phase --help lists them", {
    placeholder: "PHASE,…",
    complete: initNames,
  }),
  untaint: onOff("Let ordinary pods run on this node"),
};

/** By what other machines join. */
export const tokenFlags = {
  token: tokenOption(`The token by which machines join (default: a new one); ${secretPlaces}`),
  "token-ttl": ifTyped(ttlOption),
  "skip-token-print": onOff("Do not print the token"),
  "upload-certs": onOff("Upload what control planes share, sealed, for two hours: with it further control planes join"),
  "certificate-key": certificateKeyOption(`The key that seals what is uploaded (default: a new one); ${secretPlaces}`),
  "skip-certificate-key-print": onOff("Do not print that key"),
};
