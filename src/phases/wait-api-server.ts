import { whileHopeful } from "../diagnose/explain.ts";
import { redact } from "../diagnose/redact.ts";
import { KubeError } from "../kube/error.ts";
import { openKubeOn } from "../kube/from-kubeconfig.ts";
import type { DeploymentObject } from "../kube/ready.ts";
import type { Kube } from "../kube/types.ts";
import { until } from "../kube/until.ts";
import { UserError } from "../shared/errors.ts";
import { kubernetesDirectory } from "../templates/paths.ts";
import { ownApiServer } from "../templates/static-pods/index.ts";
import { answersWithin, apiReason, failingChecks, takesObjects } from "./common/api-ready.ts";
import { makeControllerAccounts } from "./common/controller-accounts.ts";
import { type ClusterPhase, type Context, firstControlPlane, hostNamed, nothing } from "./context.ts";

/** Milliseconds between two looks at what accounts controllers lack, while the API server gives them their rights. */
const accountsEvery = 400;

/** What the host can say about a control plane that does not come up. */
const evidence = [
  'for log in /var/log/pods/kube-system_*/*/*.log; do echo "== $log"; tail -n 3 "$log"; done',
  "journalctl -u kubelet -n 8 --no-pager -o cat",
].join("; ");

/** By super-admin.conf until admin.conf has its rights, where there is one. */
const superAdmin = `${kubernetesDirectory}/super-admin.conf`;
const administrators = [superAdmin, `${kubernetesDirectory}/admin.conf`];

/**
 * Whether objects need not wait until the API server is all ready, which its roles take a while for: they go beside that, by an administrator who needs
 * none, where no controller has to be quick to make pods of them. The end of the run waits for it.
 */
const goesAhead = ({ cluster, learned }: Context): boolean =>
  cluster.network.plugin === "none" && learned.get("pki").some(({ path, reason }) => path === superAdmin && reason !== undefined);

/** The API as the first administrator that there is a kubeconfig of. */
const connect = (
  context: Context,
  host: string,
  kubeconfigs: (path: string) => Buffer | undefined,
  signal: AbortSignal,
): Kube | undefined => {
  const kubeconfig = administrators.map(kubeconfigs).find((content) => content !== undefined);
  if (!kubeconfig) return undefined;
  const { internalAddress: address } = hostNamed(context, host);
  return openKubeOn({ door: context.door(host), ...ownApiServer(context.cluster), address, signal }, kubeconfig.toString());
};

/** Needs: the manifests. Gives: the API, ready or at work, through the host's tunnel. */
export const waitApiServer: ClusterPhase = {
  id: "wait-api-server",
  title: "Wait for the API server",
  hosts: firstControlPlane,
  needs: [
    // By whose kubeconfig it asks, also where no control plane is touched.
    { phase: "make-pki", on: "first" },
    { phase: "start-api-server", on: "here" },
  ],
  act: async (context, host, { signal, waiting }) => {
    const files = context.learned.get("pki");
    const kube = connect(context, host, (name) => files.find(({ path }) => path === name)?.content, signal);
    if (!kube) throw new Error("the PKI has no administrator");
    const accounts: string[] = [];
    let next = 0;
    const ahead = goesAhead(context);
    const look = async (): Promise<string | undefined> => {
      const failing = await failingChecks(kube);
      const reason = apiReason(failing);
      if (ahead) return (await takesObjects(kube, failing)) ? undefined : reason;
      if (reason !== undefined && Date.now() < next) return reason;
      next = Date.now() + accountsEvery;
      accounts.push(...(await makeControllerAccounts(kube, signal)));
      return reason;
    };
    const what = "waiting for the API server to be ready";
    const within = answersWithin(context.cluster) * 1000;
    const witnesses = { ...context, hosts: [hostNamed(context, host)] };
    try {
      await whileHopeful(what, witnesses, signal, (hope) =>
        until(what, look, { timeout: within, every: 50, signal: hope, onWait: waiting }),
      );
    } catch (error) {
      kube.close();
      throw await explain(context, host, error, signal);
    }
    context.learned.tell("kube", kube);
    context.learned.tell("dnsReplicas", await dnsReplicas(kube));
    return { changed: accounts.map((name) => `ServiceAccount kube-system/${name}`) };
  },
  foresee: async (context, host, { signal }) => {
    // With what stands on the host: what would be made anew is not known to this API server.
    const kube = connect(context, host, (path) => context.pkiFound.get(host)?.get(path)?.content, signal);
    if (!kube) {
      // Nobody has scaled the DNS of a cluster that is yet to be made.
      context.learned.tell("dnsReplicas", undefined);
      return nothing;
    }
    const reason = await failingChecks(kube)
      .then(apiReason)
      .catch((error: unknown) => {
        if (error instanceof KubeError) return error.message;
        throw error;
      });
    if (reason !== undefined) {
      kube.close();
      return { changes: [], waits: [reason] };
    }
    context.learned.tell("kube", kube);
    context.learned.tell("dnsReplicas", await dnsReplicas(kube));
    return nothing;
  },
};

/** How many an administrator has scaled DNS to; undefined before there is any. */
const dnsReplicas = async (kube: Kube): Promise<number | undefined> => {
  const deployment = await kube.get<DeploymentObject>({
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: "kube-system",
    name: "coredns",
  });
  return deployment?.spec?.replicas;
};

/** What the host can say, where no rule knew a cause. */
const explain = async (context: Context, host: string, error: unknown, signal: AbortSignal): Promise<unknown> => {
  if (signal.aborted || !(error instanceof UserError)) return error;
  const details = { exit: "phase", host, ...error.details } as const;
  if (error.details.probably !== undefined) return new UserError(error.message, details);
  const { records } = await context.door(host).send({ kind: "run", script: evidence, secret: true }, { timeout: 20_000 });
  return new UserError(error.message, {
    ...details,
    output: redact(records[0]?.output.toString().slice(-6000) ?? ""),
    probably: "one of the control plane's containers does not start; the last lines of their logs are above",
    hint: `read "journalctl -u kubelet" and /var/log/pods on ${host}; then run the same command again`,
  });
};
