#!/bin/sh
# Promise: every machine is a Ready node under its private address, and every pod is Ready.
. "$(dirname "$0")/lib.sh"
within 120 all_ready || fail "not every node and pod is Ready"
for machine in $machines; do
  [ "$(grep -c "address: $(address "$machine")\$" config.yaml)" = 1 ] || fail "$machine has the address $(address "$machine")"
done
kubectl get nodes -o wide
