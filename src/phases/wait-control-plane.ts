import { openKube } from "../kube/client.ts";
import type { DeploymentObject } from "../kube/ready.ts";
import type { Kube } from "../kube/types.ts";
import { until } from "../kube/until.ts";
import { readKubeconfig } from "../pki/kubeconfig.ts";
import { kubernetesDirectory } from "../templates/paths.ts";
import { UserError } from "../shared/errors.ts";
import { type ClusterPhase, type Context, firstControlPlane, hostNamed, nothing } from "./context.ts";

/** Milliseconds until the API server must listen, and then until it must be ready: kubeadm's controlPlaneComponentHealthCheck. */
const within = 240_000;

/** Succeeds when something listens on the port: a look on the host costs no connection. */
const untilListening = (port: number): string => {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return `until grep -qE ':${hex} [0-9A-F]+:[0-9A-F]+ 0A' /proc/net/tcp /proc/net/tcp6 2>/dev/null; do sleep 0.1; done`;
};

/** What the host can say about a control plane that does not come up. */
const evidence = [
  'for log in /var/log/pods/kube-system_*/*/*.log; do echo "== $log"; tail -n 3 "$log"; done',
  "journalctl -u kubelet -n 8 --no-pager -o cat",
].join("; ");

/** The API as administrator: by super-admin.conf until admin.conf has its rights, where there is one. */
const connect = (context: Context, host: string, signal: AbortSignal): Kube => {
  const files = context.learned.get("pki");
  const file = files.find(({ path }) => path === `${kubernetesDirectory}/super-admin.conf`) ?? files.find(({ path }) => path === `${kubernetesDirectory}/admin.conf`);
  const kubeconfig = file && readKubeconfig(file.content.toString());
  if (!kubeconfig?.ca || !kubeconfig.clientCertificate || !kubeconfig.clientKey) throw new Error("the PKI has no administrator");
  const port = context.cluster.kubernetes.apiServer.bindPort;
  return openKube({
    dial: (dialSignal) => context.door(host).dial("127.0.0.1", port, dialSignal ? { signal: dialSignal } : {}),
    serverName: "kubernetes",
    ca: kubeconfig.ca,
    cert: kubeconfig.clientCertificate,
    key: kubeconfig.clientKey,
    describe: `${host} (${hostNamed(context, host).internalAddress}:${port})`,
    signal,
  });
};

/** Needs: the manifests. Gives: the API, ready, through the host's tunnel. */
export const waitControlPlane: ClusterPhase = {
  id: "wait-control-plane",
  title: "Wait for the control plane",
  hosts: firstControlPlane,
  needs: [{ phase: "start-control-plane", on: "here" }],
  act: async (context, host, { signal, waiting }) => {
    const door = context.door(host);
    waiting("the API server to listen");
    const port = context.cluster.kubernetes.apiServer.bindPort;
    const { records } = await door.send({ kind: "run", script: untilListening(port) }, { signal, timeout: within }).catch(() => ({ records: [] }));
    signal.throwIfAborted();
    const listens = records[0]?.code === 0;
    const kube = connect(context, host, signal);
    try {
      if (!listens) throw new UserError(`nothing listens on port ${port} after ${within / 1000} s`, { exit: "phase", host });
      await until("waiting for the API server to be ready", () => ready(kube), { timeout: within, every: 100, signal, onWait: waiting });
    } catch (error) {
      kube.close();
      throw await explain(context, host, error, signal);
    }
    context.learned.tell("kube", kube);
    context.learned.tell("dnsReplicas", await dnsReplicas(kube));
    return nothing;
  },
};

/** How many an administrator has scaled DNS to; undefined before there is any. */
const dnsReplicas = async (kube: Kube): Promise<number | undefined> => {
  const deployment = await kube.get<DeploymentObject>({ apiVersion: "apps/v1", kind: "Deployment", namespace: "kube-system", name: "coredns" });
  return deployment?.spec?.replicas;
};

const ready = async (kube: Kube): Promise<string | undefined> => {
  const answer = await kube.raw<unknown>("GET", "/readyz", undefined, { patience: 0, timeout: 5000 });
  return answer === "ok" ? undefined : "the API server is not ready yet";
};

const explain = async (context: Context, host: string, error: unknown, signal: AbortSignal): Promise<unknown> => {
  if (signal.aborted || !(error instanceof UserError)) return error;
  const { records } = await context.door(host).send({ kind: "run", script: evidence }, { timeout: 20_000 });
  return new UserError(error.message, {
    ...error.details,
    exit: "phase",
    host,
    output: records[0]?.output.toString().slice(-6000) ?? "",
    probably: "one of the control plane's containers does not start; the last lines of their logs are above",
    hint: `read "journalctl -u kubelet" and /var/log/pods on ${host}; then run the same command again`,
  });
};
