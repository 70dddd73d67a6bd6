import { certificates, kubeconfigPart, kubeconfigs } from "../pki/table.ts";
import { UserError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { phaseName } from "./phase-name.ts";

/** A phase, and those below it. */
const group = (name: string, below: readonly string[]): readonly string[] => [name, ...below.map((one) => `${name}/${one}`)];

/** Every phase of kubeadm's init, in its order. */
export const initNames: readonly string[] = [
  "preflight",
  ...group("certs", [...certificates.map(({ name }) => name), "sa"]),
  "kubeconfig",
  ...kubeconfigs.map(kubeconfigPart),
  ...group("etcd", ["local"]),
  ...group("control-plane", ["apiserver", "controller-manager", "scheduler"]),
  "kubelet-start",
  "wait-control-plane",
  ...group("upload-config", ["kubeadm", "kubelet"]),
  "upload-certs",
  "mark-control-plane",
  "bootstrap-token",
  ...group("kubelet-finalize", ["enable-client-cert-rotation"]),
  ...group("addon", ["coredns", "kube-proxy"]),
  "show-join-command",
];

/** Every phase of kubeadm's join. */
export const joinNames: readonly string[] = [
  "preflight",
  ...group("control-plane-prepare", ["download-certs", "certs", "kubeconfig", "control-plane"]),
  "kubelet-start",
  "etcd-join",
  "kubelet-wait-bootstrap",
  ...group("control-plane-join", ["mark-control-plane"]),
  "wait-control-plane",
];

/** Whether one of some phases is a given one, or has it below it. */
export const covers =
  (names: readonly string[]) =>
  (part: string): boolean =>
    names.some((name) => part === name || part.startsWith(`${name}/`));

/**
 * What `--skip-phases` names, as kubeadm writes it.
 * @param where the flag or the field, for messages
 * @throws UserError for a name that is none, with those that there are
 */
export const skippedNames = (typed: readonly string[], known: readonly string[], where: string): readonly string[] =>
  typed.map((text) => {
    const name = phaseName([text]);
    if (known.includes(name)) return name;
    const near = nearest(name, known);
    throw new UserError(`${where}: there is no phase ${JSON.stringify(text)}`, {
      hint: `${near === undefined ? "" : `did you mean ${near}? `}the phases are ${known.join(", ")}`,
    });
  });
