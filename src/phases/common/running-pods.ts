import type { Change } from "../../changes/change.ts";
import { sh } from "../../changes/sh/tag.ts";
import { manifestsDirectory } from "../../templates/paths.ts";
import { processTimes } from "./process-times.ts";

/**
 * Succeeds once every component runs, and runs with its manifest as it is now: its process began after the file was written. The kubelet takes
 * a moment to see a new manifest, and until then everything looks well, because the old process still answers.
 */
const startedSince = (pods: readonly string[]): string => sh`${processTimes}
for pod in ${pods.join(" ")}; do
  [ "$(begun "$pod")" -ge "$(written "${manifestsDirectory}/$pod.yaml")" ] || { echo "$pod has not started yet"; exit 1; }
done
`;

/** Succeeds when something listens on a port: a look on the host costs no connection. */
const listens = (port: number): string => {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return `grep -qE ':${hex} [0-9A-F]+:[0-9A-F]+ 0A' /proc/net/tcp /proc/net/tcp6 2>/dev/null`;
};

/** A file that was only touched, or changed to and fro, starts nothing: it counts as old as what runs from it. */
const settleTimes = (pods: readonly string[]): string => sh`${processTimes}
for pod in ${pods.join(" ")}; do
  since=$(begun "$pod"); manifest="${manifestsDirectory}/$pod.yaml"
  [ "$since" -eq 0 ] || [ "$since" -ge "$(written "$manifest")" ] || touch -d "@$((since / 100))" "$manifest"
done
`;

/** Succeeds when a pod was started four times: waiting here does not help. Of the API server the next phase asks why. */
const endsAgain = (pod: string): string => `ls /var/log/pods/kube-system_${pod}-*/${pod}/3.log >/dev/null 2>&1`;

/**
 * Seconds in which a component may end by itself once it listens no more. An API server would take a minute (its ShutdownTimeout, for watches that go on),
 * and answers nobody meanwhile; nothing of it is lost by a kill.
 */
export const grace = 5;

/** Shell functions. containers_of POD: the ids of its containers, running or not. tasks …: what containerd is told of them. */
export const containerTasks = sh`
tasks() { timeout 20 ctr -n k8s.io tasks "$@" 2>/dev/null </dev/null; }
containers_of() { timeout 20 ctr -n k8s.io containers ls -q "labels.\"io.kubernetes.container.name\"==$1" </dev/null; }
`;

/**
 * Shell functions around the wait for a pod's new process. former POD: its containers that run from an older manifest. hurry: ends them when they do not
 * listen any more, and will not end: the kubelet would wait for thirty seconds, and looks for their end only every ten to fifteen.
 */
const hurrying = (pod: string, port: number): string => sh`${containerTasks}
${processTimes}
former= quiet=
since=$(begun ${pod}); [ "$since" -eq 0 ] || [ "$since" -ge "$(written "${manifestsDirectory}/${pod}.yaml")" ] || former=$(containers_of ${pod})
hurry() {
  [ -n "$former" ] || return 0
  if ${listens(port)}; then quiet=; return; fi
  now=$(date +%s); quiet=$\{quiet:-$now}
  [ $((now - quiet)) -ge ${grace} ] || return 0
  for container in $former; do tasks kill -s SIGKILL "$container"; done
  former=
}
`;

export interface Served {
  /** The pods that serve, each with its port. */
  readonly by: Readonly<Record<string, number>>;
  /** Of these the one that takes long to end. */
  readonly slow?: string;
  /** Seconds for a component to listen once it runs. */
  readonly within: number;
  /** Name of the change. */
  readonly name: string;
}

/** Seconds for the kubelet to see a manifest and to start its container. */
const startWithin = 60;

/**
 * Static pods that run from their manifests, and listen: as one change in the message of the manifests, so that it costs no channel. One that never listens
 * is for a later phase to explain.
 * @param pods names; of those that somebody else looks after, nothing is waited for.
 */
export const runningPods = (pods: readonly string[], { by, slow, name, within }: Served): readonly Change[] => {
  if (pods.length === 0) return [];
  const served = Object.entries(by).filter(([pod]) => pods.includes(pod));
  const all = [":", ...served.map(([, port]) => listens(port))].join(" && ");
  const inVain = ["false", ...served.map(([pod]) => endsAgain(pod))].join(" || ");
  const hurries = ["hurry() { :; }", ...served.filter(([pod]) => pod === slow).map(([pod, port]) => hurrying(pod, port))].join("\n");
  const unheard = served.map(([pod, port]) => `${listens(port)} || { echo '${pod} does not listen yet'; exit 1; }`);
  const change: Change = {
    kind: "command",
    name,
    check: [startedSince(pods), ...unheard].join("\n"),
    // By the clock, not by counting: what is looked at takes a moment, too, and more of it on a busy host.
    apply: `${hurries}
end=$(($(date +%s) + ${startWithin})); until (${startedSince(pods)}) >/dev/null || [ "$(date +%s)" -ge "$end" ]; do hurry; sleep 0.2; done
${settleTimes(pods)}
end=$(($(date +%s) + ${within})); until { ${all}; } || ${inVain} || [ "$(date +%s)" -ge "$end" ]; do sleep 0.1; done`,
    within: startWithin + within + 30,
    follows: true,
  };
  return [change];
};
