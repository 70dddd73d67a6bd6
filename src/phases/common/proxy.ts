import type { Change, KubeObject } from "../../changes/change.ts";
import { stateDirectory } from "../../changes/sh/base.ts";
import { sh } from "../../changes/sh/tag.ts";
import { runsProxy } from "../../config/roles.ts";
import { haproxyConfig, haproxyConfigPath, haproxyDirectory, haproxyPod } from "../../templates/balancer/haproxy.ts";
import { pki } from "../../templates/paths.ts";
import { staticPodManifest } from "../../templates/static-pods/index.ts";
import { type Context, hostNamed } from "../context.ts";

/** Seconds for the kubelet to start the proxy, or for the proxy to read its configuration. */
const loadWithin = 60;

/** What the proxy has read, as a digest. Whoever starts it anew makes it read what is there. */
const stamp = `${stateDirectory}/loaded/haproxy`;
const inputs = `cat ${haproxyConfigPath} ${pki}/ca.crt | sha256sum | cut -d' ' -f1`;

/**
 * Prints the processes of the node's proxy: "main" for the one that its container began with, "worker" for those that it has made. Another haproxy on the
 * host has another configuration.
 */
const processes = sh`
processes() { # main or worker
  for process in /proc/[0-9]*; do
    name=; read -r name 2>/dev/null <"$process/comm" || continue
    [ "$name" = haproxy ] || continue
    case $(tr '\0' ' ' 2>/dev/null <"$process/cmdline") in *" -f ${haproxyConfigPath} "*) ;; *) continue ;; esac
    case $(sed -n 's/^NSpid:.*[[:space:]]//p' "$process/status" 2>/dev/null) in 1) is=main ;; '') continue ;; *) is=worker ;; esac
    [ "$is" != "$1" ] || echo "$\{process#/proc/}"
  done
}
`;

/**
 * Has the proxy read its configuration: those that it serves have `hard-stop-after` to end, and its port is never closed. One that the kubelet is about to
 * start reads it anyhow. A signal that comes before it can be heard is lost, so it is said again.
 */
const load = sh`
${processes}
wanted=$(${inputs})
end=$(($(date +%s) + ${loadWithin}))
late() { [ "$(date +%s)" -ge "$end" ]; }
main=$(processes main); before=" $(processes worker | tr '\n' ' ')"
if [ -z "$main" ]; then
  until [ -n "$(processes worker)" ]; do late && { echo 'the kubelet has not started haproxy'; exit 1; }; sleep 0.2; done
else
  new=; turn=0
  until [ -n "$new" ]; do
    late && { echo 'haproxy does not take its new configuration: see its log in /var/log/pods/kube-system_haproxy-*'; exit 1; }
    [ $((turn % 25)) -ne 0 ] || kill -USR2 $(processes main) 2>/dev/null
    turn=$((turn + 1)); sleep 0.2
    for worker in $(processes worker); do case $before in *" $worker "*) ;; *) new=$worker ;; esac; done
  done
fi
mkdir -p "$(dirname ${stamp})" && echo "$wanted" >${stamp}
`;

const proxyOn = ({ cluster, hosts }: Pick<Context, "cluster" | "hosts">, host: string): boolean =>
  runsProxy(hostNamed({ hosts }, host), cluster);

/** The node's proxy as its manifest has it, where it has one. */
export const proxyPods = (context: Context, host: string): readonly KubeObject[] =>
  proxyOn(context, host) ? [haproxyPod(context.cluster, context.images.haproxy)] : [];

/** The proxy by which a worker reaches the API, where it has one: before its kubelet starts, which needs it for its first word. */
export const proxyFiles = (context: Context, host: string): Change[] =>
  proxyOn(context, host)
    ? [
        { kind: "directory", path: haproxyDirectory, mode: 0o755 },
        { kind: "file", ...haproxyConfig(context.cluster, hostNamed(context, host)) },
        ...proxyPods(context, host).map((pod): Change => ({ kind: "file", ...staticPodManifest(pod) })),
      ]
    : [];

/** That the proxy has loaded these files: behind the kubelet, which starts it. */
export const proxyLoaded = (context: Context, host: string): Change[] =>
  proxyOn(context, host)
    ? [
        {
          kind: "command",
          name: "load the proxy's configuration",
          check: `[ "$(cat ${stamp} 2>/dev/null)" = "$(${inputs})" ] || { echo 'the proxy has not loaded it'; exit 1; }`,
          apply: load,
          within: loadWithin + 30,
          follows: true,
        },
      ]
    : [];
