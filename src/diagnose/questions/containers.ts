import { fact } from "../../facts/fact.ts";
import { sections, lines as textLines, toNumber } from "../../facts/text.ts";
import { type LogLine, parseContainerLog } from "./log.ts";

/** A container of a system pod on one host, by its folder of logs. */
export interface ContainerState {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** How often it was started before: the number of its newest log. */
  readonly attempt: number;
  /** Whether its process runs now. Undefined when the runtime's state could not be read. */
  readonly running: boolean | undefined;
  /** The end of its newest log; that of the log before it where the newest has hardly begun. */
  readonly log: readonly LogLine[];
}

/** Applications' logs are their owners' affair: only these namespaces are read. */
const namespaces = ["kube-system", "kube-flannel"];

const taskDirectory = "/run/containerd/io.containerd.runtime.v2.task/k8s.io";

/** Bytes of each log. */
const tail = 6000;

/**
 * containerd keeps a folder for each container that runs, with the names in its config.json; when the process ends, the folder goes.
 * Asked without ctr, which would wait for a containerd that does not answer. The newest folder of logs of a pod's name counts: folders of
 * pods that are gone stay for a while.
 */
const script = `
echo '@@ running'
[ -d ${taskDirectory} ] && echo known
for config in ${taskDirectory}/*/config.json; do
  grep -oE '"io.kubernetes.cri.(container-name|sandbox-name|sandbox-uid)": ?"[^"]*"' "$config" | sed 's/.*cri.//; s/"//g; s/: */=/' | tr '\\n' ' '
  echo
done
for namespace in ${namespaces.join(" ")}; do
  ls -1dt /var/log/pods/"$namespace"_*/*/ | head -n 40 | while read -r folder; do
    set -- $(ls -1 "$folder" | grep -E '^[0-9]+\\.log$' | sort -n | tail -n 2)
    [ $# -gt 0 ] || continue
    newest=$1; older=
    [ $# -lt 2 ] || { newest=$2; older=$1; }
    echo "@@ $folder$newest"
    [ -z "$older" ] || [ "$(wc -l <"$folder$newest")" -gt 3 ] || tail -n 20 "$folder$older" | tail -c ${tail}
    tail -n 25 "$folder$newest" | tail -c ${tail}
  done
done`;

const parseRunning = (text: string): ReadonlySet<string> | undefined => {
  const all = textLines(text);
  if (!all.includes("known")) return undefined;
  return new Set(
    all.flatMap((line) => {
      const part = (name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S+)`).exec(line)?.[1];
      const [container, uid] = [part("container-name"), part("sandbox-uid")];
      return container === undefined || uid === undefined ? [] : [`${uid}/${container}`];
    }),
  );
};

/** `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/ATTEMPT.log`; no name of Kubernetes holds an underscore. */
const logPath = /^\/var\/log\/pods\/([^_/]+)_([^_/]+)_([^_/]+)\/([^/]+)\/(\d+)\.log$/;

const parseContainers = (output: string): readonly ContainerState[] => {
  const parts = sections(output);
  const running = parseRunning(parts.get("running") ?? "");
  const seen = new Set<string>();
  return [...parts].flatMap(([path, text]) => {
    const [, namespace = "", pod = "", uid = "", container = "", attempt] = logPath.exec(path) ?? [];
    const key = `${namespace}/${pod}/${container}`;
    if (attempt === undefined || seen.has(key)) return [];
    seen.add(key);
    const isRunning = running?.has(`${uid}/${container}`);
    return [{ namespace, pod, container, attempt: toNumber(attempt) ?? 0, running: isRunning, log: parseContainerLog(text) }];
  });
};

export const containers = fact("containers", script, parseContainers, { secret: true });
