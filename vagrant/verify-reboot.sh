#!/bin/sh
# Promise: after a reboot of all machines at once the cluster comes back by itself.
. "$(dirname "$0")/lib.sh"
boots() { for machine in $machines; do on "$machine" "cat /proc/sys/kernel/random/boot_id" 2>/dev/null || echo down; done | tr -d '\r'; }
before=$(boots)
for machine in $machines; do on "$machine" reboot >/dev/null 2>&1 || true; done
rebooted() { now=$(boots); for id in $now; do case "$id" in down) return 1 ;; esac; case "$before" in *"$id"*) return 1 ;; esac; done; }
within 300 rebooted || fail "not every machine came up again"
# What the API says of nodes and pods may be from before; DNS answers only through what runs now.
within 300 "$here/verify-dns.sh" || fail "DNS does not answer again"
within 300 all_ready || fail "not every node and pod is Ready again"
echo "all is ready again"
