# What the verify scripts share. They stand on the machines of the Vagrantfile, and on the cluster that config.yaml makes of them.
# shellcheck shell=sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
machines='cp1 w1 w2'
# kbs writes it into the folder where it runs: this one or the one above.
[ -n "${KUBECONFIG:-}" ] || for KUBECONFIG in "$here/vagrant.kubeconfig" "$here/../vagrant.kubeconfig"; do [ ! -f "$KUBECONFIG" ] || break; done
export KUBECONFIG

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }
# machine script: as root on a machine
on() { vagrant ssh "$1" -c "sudo sh -c '$2'" </dev/null; }
# seconds command…: again and again until it succeeds
within() {
  end=$(($(date +%s) + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || { "$@" || true; return 1; }
    sleep 2
  done
}
address() { kubectl get node "$1" -o 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}'; }
all_ready() {
  for machine in $machines; do kubectl wait --for=condition=Ready --timeout=5s "node/$machine" || return 1; done
  kubectl wait --for=condition=Ready --timeout=5s pods --all --all-namespaces
}

[ -f "$KUBECONFIG" ] || fail "there is no $KUBECONFIG; kbs create cluster -f vagrant/config.yaml writes it"
