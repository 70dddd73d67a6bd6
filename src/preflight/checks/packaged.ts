import { mostApart, parseVersion } from "../../config/versions.ts";
import { imageNames } from "../../supply/images.ts";
import type { Check, CheckContext } from "../check.ts";
import { isControlPlane, isNode, provisionOn, usedOn } from "../roles.ts";

// What packages have brought is used as it is, so it has to fit.

const hasKubelet = (context: CheckContext): boolean => isNode(context) && usedOn(context).kubelet !== undefined;
const hasContainerd = (context: CheckContext): boolean => isNode(context) && usedOn(context).containerd !== undefined;

export const kubeletVersion: Check = {
  id: "kubelet-version",
  aliases: ["KubeletVersion"],
  question: "Does the kubelet that is installed fit the Kubernetes version?",
  severity: "error",
  appliesTo: hasKubelet,
  ask: (context) => {
    const { version: wished } = context.cluster.kubernetes;
    const { version = "", path } = usedOn(context).kubelet ?? {};
    const [found, server] = [parseVersion(version), parseVersion(wished)];
    if (!found || !server) {
      return { problem: `${path} does not say its version`, remedy: "install it anew, or take the package away: kbs brings its own then" };
    }
    if (found.major > server.major || found.minor > server.minor) {
      return {
        problem: `the kubelet that is installed here is ${version}, newer than Kubernetes ${wished}: a kubelet must not be newer than its API server`,
        remedy: `install a kubelet of ${wished}; a cluster that is yet to be made can be of ${found.major}.${found.minor} instead (--kubernetes-version)`,
      };
    }
    if (found.minor >= server.minor - mostApart.kubelet) return undefined;
    return {
      problem: `the kubelet that is installed here is ${version}, more than ${mostApart.kubelet} minor versions behind Kubernetes ${wished}`,
      remedy: `install a kubelet of ${wished}, or one that is at most ${mostApart.kubelet} minor versions older`,
    };
  },
};

export const runtimeAnswers: Check = {
  id: "runtime-answers",
  aliases: ["CRI"],
  question: "Does the container runtime that is installed answer kubelets?",
  severity: "error",
  // Without a kubelet of packages nobody has prepared the machine: kbs brings its own containerd and tells what it replaces.
  appliesTo: (context) => hasKubelet(context) && context.facts.packaged.containerd !== undefined,
  ask: (context) => {
    if (hasContainerd(context)) return undefined;
    return {
      problem: "containerd is installed here, and does not answer kubelets (CRI)",
      remedy:
        'start it ("systemctl enable --now containerd"), take "cri" out of disabled_plugins in /etc/containerd/config.toml, and restart it',
    };
  },
};

export const cgroupDriver: Check = {
  id: "cgroup-driver",
  aliases: ["ContainerRuntimeVersion"],
  question: "Do containerd and the kubelet agree about who manages cgroups?",
  severity: "warning",
  appliesTo: hasContainerd,
  ask: (context) => {
    const { containerd } = usedOn(context);
    const { version = "", systemdCgroup } = containerd ?? {};
    // From 2.0 on it tells the kubelet, which follows.
    if ((parseVersion(version)?.major ?? 2) >= 2) return undefined;
    const wished: unknown = context.cluster.kubernetes.kubelet["cgroupDriver"] ?? "systemd";
    const [theirs, ours] = [systemdCgroup ? "systemd" : "cgroupfs", String(wished)];
    return theirs === ours
      ? {
          problem: `containerd ${version} cannot tell the kubelet its cgroup driver, which kubelets from 1.38 on want to be told`,
          remedy: "plan for containerd 2.0 or newer",
        }
      : {
          problem: `containerd ${version} manages cgroups by ${theirs}, the kubelet will by ${ours}: pods may not start, or be killed`,
          remedy: `set SystemdCgroup = ${ours === "systemd"} in /etc/containerd/config.toml and restart containerd, or cgroupDriver: ${theirs} for the kubelet`,
        };
  },
};

export const sandboxImage: Check = {
  id: "sandbox-image",
  question: "Is containerd's image for sandboxes the one of this Kubernetes version?",
  severity: "warning",
  appliesTo: hasContainerd,
  ask: (context) => {
    const { pause } = imageNames(context.cluster);
    const found = usedOn(context).containerd?.sandboxImage;
    if (found === undefined || found === pause) return undefined;
    return {
      problem: `containerd starts every pod with ${found}, and this Kubernetes version goes with ${pause}`,
      remedy: `set it in /etc/containerd/config.toml (pinned_images: sandbox; before 2.0 sandbox_image) and restart containerd`,
    };
  },
};

export const images: Check = {
  id: "images",
  aliases: ["ImagePull"],
  question: "Are the images there that the node needs?",
  severity: "error",
  appliesTo: hasContainerd,
  ask: (context) => {
    const { facts, platforms = [] } = context;
    const { images: missing } = provisionOn(context);
    if (missing.length === 0 || platforms.includes(`linux/${facts.machine.architecture}`)) return undefined;
    return {
      // A worker's kubelet fetches them when it needs them.
      ...(isControlPlane(context) ? {} : { severity: "warning" }),
      problem: `${missing.length === 1 ? "an image is" : `${missing.length} images are`} not there, and no bundle of kbs was found: ${missing.join(", ")}`,
      evidence: missing.map((name) => `ctr -n k8s.io images pull ${name}`).join("; "),
      remedy: "fetch each as above, or name a bundle by --bundle; if the kubelet may fetch them: --ignore-preflight-errors ImagePull",
    };
  },
};

export const runtimeConfig: Check = {
  id: "runtime-config",
  question: "Is the configuration of containerd kbs's to write?",
  severity: "warning",
  appliesTo: hasContainerd,
  ask: ({ cluster: { runtime } }) =>
    Object.keys(runtime.config).length === 0
      ? undefined
      : {
          problem: "containerd was installed by packages and keeps its configuration: what runtime.config says is not written",
          remedy: "write it into /etc/containerd/config.toml, and leave runtime.config out",
        },
};
