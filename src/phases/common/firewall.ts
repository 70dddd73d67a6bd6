import type { CommandChange } from "../../changes/change.ts";
import { stateDirectory } from "../../changes/sh/base.ts";
import { sh } from "../../changes/sh/tag.ts";

const record = `${stateDirectory}/firewall`;

/** The tables and chains of nftables, a line each: `ip filter`, `ip filter INPUT`. */
const listScript = sh`
tables() {
  nft list tables 2>/dev/null | while read -r word family table _; do [ "$word" != table ] || echo "$family $table"; done
  nft list chains 2>/dev/null | while read -r word first second _; do
    case $word in table) table="$first $second" ;; chain) echo "$table $first" ;; esac
  done
}
`;

/**
 * Writes down which tables and chains of the firewall there were before the cluster's first rule, since iptables leaves those that it has
 * made, though they be empty. A host without nft has nobody to ask.
 */
export const rememberFirewall: CommandChange = {
  kind: "command",
  name: "remember the firewall's tables",
  check: `[ -e ${record} ] || ! command -v nft >/dev/null || { echo 'not written down'; exit 1; }`,
  apply: `${listScript}tables >${record}~ && sync -d ${record}~ && mv -f ${record}~ ${record}`,
};

/**
 * Takes away the rules of kube-proxy, flannel, the kubelet and the CNI plugins by the names that they give them; all others stay. Then the
 * tables and chains that iptables has made for them: those that were not there before, and now hold nothing. One that is not
 * empty, or drops by its policy, is somebody else's.
 */
export const clearFirewall = sh`
${listScript}
for table in 'ip kube-proxy' 'ip6 kube-proxy' 'ip flannel-ipv4' 'ip6 flannel-ipv6'; do nft delete table $table 2>/dev/null; done
for save in iptables-save ip6tables-save iptables-legacy-save ip6tables-legacy-save; do
  command -v $save >/dev/null || continue
  rules=$($save 2>/dev/null); restore=$\{save%-save}-restore
  case $rules in
    *KUBE-*|*FLANNEL-*|*CNI-*) printf '%s\n' "$rules" | grep -vE 'KUBE-|FLANNEL-|CNI-|flannel' | $restore ;;
  esac
done
holds_nothing() { # what nft lists of it
  ! printf '%s\n' "$1" | grep -vE '^[[:space:]]*(#.*|table .* \{|chain (INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING) \{|type .* policy accept;|\})?$' | grep -q .
}
if [ -e ${record} ]; then
  tables | while read -r family table chain; do
    grep -qxF "$family $table$\{chain:+ $chain}" ${record} && continue
    case "$family $table" in
      ip\ filter|ip\ nat|ip\ mangle|ip\ raw|ip\ security|ip6\ filter|ip6\ nat|ip6\ mangle|ip6\ raw|ip6\ security) ;;
      *) continue ;;
    esac
    if [ -n "$chain" ]; then
      ! holds_nothing "$(nft list chain $family $table $chain 2>/dev/null)" || nft delete chain $family $table $chain 2>/dev/null
    else
      ! holds_nothing "$(nft list table $family $table 2>/dev/null)" || nft delete table $family $table 2>/dev/null
    fi
  done
fi
`;
