import type { ActTools, Phase } from "../changes/phase.ts";
import { sh } from "../changes/sh/tag.ts";
import { undoScript } from "../changes/sh/undo.ts";
import { UserError } from "../shared/errors.ts";
import { type Context, everyHost } from "./context.ts";

/** All that giving hosts back takes: whatever the cluster was, the hosts know it. */
export type ResetContext = Pick<Context, "hosts" | "touched" | "door" | "ticket">;

/** Milliseconds for each of the two steps. */
const within = 300_000;

/**
 * Ends everything of the cluster that runs on a host: the kubelet first, which would start it again, then containers with their shims, then what
 * they leave in the kernel. Firewall rules and links are taken by the names that kube-proxy, flannel and the CNI plugins give them; all others stay.
 */
const stopScript = sh`
systemctl stop kubelet 2>/dev/null
if command -v ctr >/dev/null && systemctl is-active --quiet containerd; then
  for task in $(ctr -n k8s.io tasks ls -q 2>/dev/null); do ctr -n k8s.io tasks kill -s SIGKILL --all "$task" 2>/dev/null; done
  for try in 1 2 3 4 5 6 7 8 9 10; do ctr -n k8s.io tasks ls 2>/dev/null | grep -q RUNNING || break; sleep 0.3; done
  for task in $(ctr -n k8s.io tasks ls -q 2>/dev/null); do ctr -n k8s.io tasks rm -f "$task" 2>/dev/null; done
  for container in $(ctr -n k8s.io containers ls -q 2>/dev/null); do ctr -n k8s.io containers rm "$container" 2>/dev/null; done
fi
systemctl stop containerd 2>/dev/null
for process in /proc/[0-9]*; do
  case $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) in
    *containerd-shim-runc-v2\ -namespace\ k8s.io*) kill -9 "$\{process#/proc/}" 2>/dev/null ;;
  esac
done
sed 's/\\040/ /g' /proc/self/mounts | cut -d' ' -f2 | grep -E '^(/var/lib/kubelet/|/run/containerd/|/var/lib/containerd/|/run/netns/cni-)' | sort -r |
  while read -r mount; do umount "$mount" 2>/dev/null || umount -l "$mount" 2>/dev/null; done
rm -f /run/netns/cni-*
rmdir /run/netns 2>/dev/null
rm -rf /run/flannel /run/containerd /run/nri
# The kubelet's slices; of cgroup v1 systemd takes away only the hierarchies that it knows.
systemctl stop kubepods.slice 2>/dev/null
find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} \; 2>/dev/null
for link in cni0 flannel.1 flannel-v6.1 kube-ipvs0; do [ ! -d "/sys/class/net/$link" ] || ip link delete "$link" 2>/dev/null; done
for family in ip ip6; do nft delete table $family kube-proxy 2>/dev/null; done
for save in iptables-save ip6tables-save iptables-legacy-save ip6tables-legacy-save; do
  command -v $save >/dev/null || continue
  rules=$($save 2>/dev/null); restore=$\{save%-save}-restore
  case $rules in
    *KUBE-*|*FLANNEL-*|*CNI-*) printf '%s\n' "$rules" | grep -vE 'KUBE-|FLANNEL-|CNI-|flannel' | $restore ;;
  esac
done
`;

const run = async (context: ResetContext, host: string, script: string, what: string, { signal }: ActTools): Promise<string> => {
  const { records } = await context.door(host).send({ kind: "run", script, ticket: context.ticket }, { signal, timeout: within });
  const [record] = records;
  if (record?.code === 0) return record.output.toString().trim();
  throw new UserError(`${what} did not succeed`, { exit: "phase", host, output: record?.output.toString() ?? "" });
};

/** Gives: a host on which nothing of the cluster runs any more. */
export const stopNode: Phase<ResetContext> = {
  id: "stop-node",
  title: "Stop what runs",
  hosts: everyHost,
  act: async (context, host, tools) => {
    await run(context, host, `${stopScript}\nexit 0`, "stopping the cluster's processes", tools);
    return { changed: [`stopped kubelet, containers and containerd`] };
  },
};

/** Needs: nothing runs. Gives: a host as it was before kbs came, from its own before-images. */
export const undoChanges: Phase<ResetContext> = {
  id: "undo-changes",
  title: "Take back what was changed",
  hosts: everyHost,
  needs: [{ phase: "stop-node", on: "here" }],
  act: async (context, host, tools) => {
    const left = await run(context, host, `${undoScript}\nexit 0`, "taking back what was changed", tools);
    for (const line of left.split("\n").filter(Boolean)) tools.warn(line);
    return { changed: ["everything that kbs changed is as it was before"] };
  },
};
