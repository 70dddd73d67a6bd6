import { covers, joinNames, skippedNames } from "../kubeadm-names.ts";

/** Of a join, phases of kbs that one of kubeadm's is done by as a whole; of others it decides what they make. */
export const phasesOf: Readonly<Record<string, readonly string[]>> = {
  "kubelet-start": ["join-workers"],
  "etcd-join": ["join-etcd", "start-etcd", "promote-etcd"],
  // The token stays where nobody waits for what it brings.
  "kubelet-wait-bootstrap": ["wait-bootstrap", "forget-token"],
  "control-plane-join/mark-control-plane": ["label-nodes"],
  "wait-control-plane": ["wait-control-plane"],
};

/** What control planes share comes by download, or lies there. */
const shared: ReadonlySet<string> = new Set(["certs/ca", "certs/front-proxy-ca", "certs/etcd-ca", "certs/sa"]);

/** Which of a join's phases makes a part of a control plane, which is called as in an init. */
const joinNameOf = (part: string): string => {
  const [group = ""] = part.split("/");
  // The kubelet's kubeconfig comes with the kubelet.
  if (part === "kubeconfig/kubelet" || group === "kubelet-finalize") return "kubelet-start";
  if (shared.has(part)) return "control-plane-prepare/download-certs";
  if (group === "certs" || group === "kubeconfig" || group === "control-plane") return `control-plane-prepare/${group}`;
  if (part === "etcd/local") return "etcd-join";
  return part === "mark-control-plane" ? "control-plane-join/mark-control-plane" : part;
};

/** Parts of a control plane, by the names of a join that are wanted. */
export const partsOfJoin =
  (isWanted: (name: string) => boolean) =>
  (part: string): boolean =>
    isWanted(joinNameOf(part));

/** What a join leaves out of what it would do. */
export interface SkippedOfJoin {
  readonly preflight: boolean;
  /** What control planes share is not downloaded: it lies here. */
  readonly download: boolean;
  /** Ids of kbs's phases. */
  readonly phases: ReadonlySet<string>;
  /** Which parts of a control plane it makes; absent: all. */
  readonly parts?: (part: string) => boolean;
}

/** @throws UserError for a name that is no phase of kubeadm's join */
export const skippedJoinPhases = (typed: readonly string[], where = "--skip-phases"): SkippedOfJoin => {
  const names = skippedNames(typed, joinNames, where);
  const isLeftOut = covers(names);
  const left = Object.entries(phasesOf).flatMap(([name, phases]) => (isLeftOut(name) ? phases : []));
  return {
    preflight: isLeftOut("preflight"),
    download: isLeftOut("control-plane-prepare/download-certs"),
    phases: new Set(left),
    ...(names.length > 0 && { parts: partsOfJoin((name) => !isLeftOut(name)) }),
  };
};
