#!/bin/sh
# Promise: kbs, run again, changes nothing and says so.
. "$(dirname "$0")/lib.sh"
said=$(${KBS:-npx kbs} create cluster -f config.yaml --kubeconfig "$KUBECONFIG" "$@" 2>&1) || fail "$said"
echo "$said" | grep '^0 changes' || fail "the second run changed something: $said"
