import { stateDirectory } from "../../changes/sh/base.ts";
import { sh } from "../../changes/sh/tag.ts";
import { clearFirewall } from "./firewall.ts";

/**
 * Ends everything of the cluster that runs on a host: the kubelet first, which would start it again, then containers with their shims, then what
 * they leave in the kernel. Only mounts that the kubelet and containerd make themselves are undone: a disk that somebody has mounted below
 * their folders is not ours, nor is a containerd that ran before kbs came. On a host that has been given back, it does nothing.
 */
export const stopScript = sh`
d=${stateDirectory}
[ -d $d/before ] || exit 0
# unit: "active" or "inactive", as it was before kbs; nothing for one that kbs never had to do with
was() { entry=$(grep -lxF "service:$1" $d/before/*/id 2>/dev/null | head -n 1); [ -z "$entry" ] || cut -d' ' -f2 "$\{entry%id}was"; }
kubelet=$(was kubelet.service); containerd=$(was containerd.service)
[ -z "$kubelet" ] || timeout 60 systemctl stop kubelet 2>/dev/null
[ -z "$(was etcd.service)" ] || timeout 60 systemctl stop etcd 2>/dev/null
removed=
if command -v ctr >/dev/null && systemctl is-active --quiet containerd; then
  for task in $(timeout 20 ctr -n k8s.io tasks ls -q 2>/dev/null); do timeout 10 ctr -n k8s.io tasks kill -s SIGKILL --all "$task" 2>/dev/null; done
  for try in 1 2 3 4 5 6 7 8 9 10; do timeout 10 ctr -n k8s.io tasks ls 2>/dev/null | grep -q RUNNING || break; sleep 0.3; done
  for task in $(timeout 20 ctr -n k8s.io tasks ls -q 2>/dev/null); do timeout 10 ctr -n k8s.io tasks rm -f "$task" 2>/dev/null; done
  for container in $(timeout 20 ctr -n k8s.io containers ls -q 2>/dev/null); do timeout 10 ctr -n k8s.io containers rm "$container" 2>/dev/null && removed=1; done
  # One that stays keeps their files until it next looks for what nobody needs; the end of a lease makes it do so, and waits.
  if [ "$containerd" != inactive ] && [ -n "$removed" ]; then
    lease=$(timeout 10 ctr -n k8s.io leases create 2>/dev/null) && timeout 60 ctr -n k8s.io leases delete --sync "$lease" 2>/dev/null
  fi
fi
[ "$containerd" != inactive ] || timeout 60 systemctl stop containerd 2>/dev/null
# What stays forgets the kubelet's pods only when it starts, and what it has of them on disk. Containers of others live on.
[ -n "$containerd" ] || [ -z "$removed" ] || timeout 60 systemctl try-restart containerd 2>/dev/null
for process in /proc/[0-9]*; do
  case $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) in
    *containerd-shim-runc-v2\ -namespace\ k8s.io*) kill -9 "$\{process#/proc/}" 2>/dev/null ;;
  esac
done
is_ours() { # a mount point, as the kernel and fstab write it
  case $1 in
    "$root"/pods/*/*|"$root"/plugins/kubernetes.io/*|/run/containerd/io.containerd.*|/var/lib/containerd/tmpmounts/*|/run/netns/cni-*) ;;
    *) return 1 ;;
  esac
  [ ! -e /etc/fstab ] || ! grep -qF " $1 " <<T
$(tr '\t' ' ' </etc/fstab)
T
}
root=$(readlink -f /var/lib/kubelet)
cut -d' ' -f2 /proc/self/mounts | sort -r | while read -r mounted; do
  is_ours "$mounted" || continue
  path=$(printf %b "$(printf %s "$mounted" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')")
  umount "$path" 2>/dev/null || umount -l "$path" 2>/dev/null
done
rm -f /run/netns/cni-*
rmdir /run/netns 2>/dev/null
rm -rf --one-file-system /run/flannel
[ "$containerd" != inactive ] || rm -rf --one-file-system /run/containerd /run/nri
# The kubelet's slices; of cgroup v1 systemd takes away only the hierarchies that it knows.
timeout 60 systemctl stop kubepods.slice 2>/dev/null
find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} \; 2>/dev/null
# The kernel takes a pod's link away some time after the pod's network namespace; its other end is here.
for port in /sys/class/net/cni0/brif/veth*; do [ ! -e "$port" ] || ip link delete "$\{port##*/}" 2>/dev/null; done
for link in cni0 flannel.1 flannel-v6.1 kube-ipvs0; do [ ! -d "/sys/class/net/$link" ] || ip link delete "$link" 2>/dev/null; done
${clearFirewall}
`;
