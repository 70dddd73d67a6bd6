#!/bin/sh
# Promise: the cluster's DNS answers on every machine, by its Service address, so by the pod network too.
. "$(dirname "$0")/lib.sh"
server=$(kubectl -n kube-system get service kube-dns -o 'jsonpath={.spec.clusterIP}')
name=kubernetes.default.svc.cluster.local
wanted=$(kubectl get service kubernetes -o 'jsonpath={.spec.clusterIP}')
# A mount namespace of its own lends the question another resolv.conf than the machine's.
ask="unshare --mount sh -c \"echo nameserver $server > /run/kbs-verify.conf; mount --bind /run/kbs-verify.conf /etc/resolv.conf; getent ahostsv4 $name\""
for machine in $machines; do
  on "$machine" "$ask" | grep -q "^$wanted " || fail "$machine: $server does not say that $name is $wanted"
  echo "$machine: $name is $wanted"
done
