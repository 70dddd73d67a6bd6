import type { Change, CommandChange } from "../changes/change.ts";
import type { ActTools, Phase } from "../changes/phase.ts";
import { forgetScript } from "../changes/sh/forget.ts";
import { sh } from "../changes/sh/tag.ts";
import type { RenewedFile } from "../pki/renew.ts";
import { kubernetesDirectory, pki } from "../templates/paths.ts";
import { loadedAtStart } from "./common/loaded-at-start.ts";
import type { ResetContext } from "./common/reset-context.ts";
import { containerTasks, grace } from "./common/running-pods.ts";
import { everyHost } from "./context.ts";

type Tools = Pick<ActTools, "signal" | "waiting">;

/** All that renewing takes: whatever made the cluster, its certificates are alike. */
export interface RenewContext extends ResetContext {
  /** Where certificates are; absent: in kubeadm's folder. */
  readonly folder?: string;
  /** What is to be written on a host. */
  readonly renewed: ReadonlyMap<string, readonly RenewedFile[]>;
  /** Notes which components run, before any is touched. */
  readonly see: (host: string, tools: Tools) => Promise<void>;
  /** Resolves once a component has been started anew, is healthy, and presents what it should. */
  readonly prove: (host: string, component: string, tools: Tools) => Promise<void>;
  /** Resolves once all components that were seen are well. */
  readonly settle: (host: string, tools: Tools) => Promise<void>;
}

/** Static pods in the order in which they are started anew, and the certificates that each one loads. Who serves comes before who asks. */
const loaders = (folder = pki): Readonly<Record<string, readonly string[]>> => ({
  etcd: [`${folder}/etcd/server`, `${folder}/etcd/peer`],
  "kube-apiserver": ["apiserver", "apiserver-kubelet-client", "apiserver-etcd-client", "front-proxy-client"].map(
    (name) => `${folder}/${name}`,
  ),
  "kube-controller-manager": [`${kubernetesDirectory}/controller-manager.conf`],
  "kube-scheduler": [`${kubernetesDirectory}/scheduler.conf`],
});

/** Its path without the end that tells a key from a certificate. */
const baseOf = ({ path }: RenewedFile): string => path.replace(/\.(crt|key)$/, "");

/** Of renewed files those that a static pod loads. */
export const loadedBy = (pod: string, files: readonly RenewedFile[], folder?: string): readonly RenewedFile[] =>
  files.filter((file) => loaders(folder)[pod]?.includes(baseOf(file)) === true);

const write = ({ path, mode, secret, content }: RenewedFile): Change => ({
  kind: "made",
  path,
  mode,
  secret,
  what: path,
  reason: "it is renewed",
  make: () => content,
});

/** Ends the component's container, which its kubelet starts anew. What it has loaded cannot be asked, so it is always so. */
const restart = (pod: string): CommandChange => ({
  kind: "command",
  name: `restart ${pod} with its renewed certificates`,
  check: "echo 'it runs with its former certificates'; exit 1",
  apply: sh`${containerTasks}
containers=$(containers_of ${pod}) || exit 1
for container in $containers; do tasks kill -s SIGTERM "$container"; done
end=$(($(date +%s) + ${grace}))
for container in $containers; do
  while tasks ls | grep -q "^$container .*RUNNING" && [ "$(date +%s)" -lt "$end" ]; do sleep 0.2; done
  tasks kill -s SIGKILL "$container"
done
exit 0`,
  within: 60,
});

/** What a static pod is known to load only at its start is a change of its own: whoever looks later knows what it runs with. */
const load = (pod: string, files: readonly RenewedFile[], folder = pki): Change => {
  const inputs = loadedAtStart(folder)[pod] ?? [];
  return files.some(({ path }) => inputs.includes(path)) ? { kind: "static-pod", name: pod, inputs } : restart(pod);
};

const isLoaded = (file: RenewedFile, folder: string | undefined): boolean => Object.values(loaders(folder)).flat().includes(baseOf(file));

/** Gives: what tells later whether a component was started anew. */
const seeComponents: Phase<RenewContext> = {
  id: "see-components",
  title: "See which components run",
  hosts: everyHost,
  act: async (context, host, tools) => {
    await context.see(host, tools);
    return { changed: [] };
  },
};

/** Gives: renewed certificates that no component loads, the administrators' among them. */
const renewUsers: Phase<RenewContext> = {
  id: "renew-users",
  title: "Renew certificates of users",
  hosts: everyHost,
  needs: [{ phase: "see-components", on: "here" }],
  wish: ({ renewed, folder }, host) => (renewed.get(host) ?? []).filter((file) => !isLoaded(file, folder)).map(write),
};

/** Gives: a component that runs with its renewed certificates, and is well. */
const renewComponent = (pod: string, before: readonly Phase<RenewContext>[]): Phase<RenewContext> => {
  const own = ({ renewed, folder }: RenewContext, host: string): readonly RenewedFile[] => loadedBy(pod, renewed.get(host) ?? [], folder);
  return {
    id: `renew-${pod}`,
    title: `Renew the certificates of ${pod}, and load them`,
    hosts: (context) => everyHost(context).filter((host) => own(context, host).length > 0),
    // All of them: a need of a phase that has nothing to do on the host counts for nothing.
    needs: before.map(({ id }) => ({ phase: id, on: "here" })),
    wish: (context, host) => {
      const files = own(context, host);
      return [...files.map(write), load(pod, files, context.folder)];
    },
    act: async (context, host, tools) => {
      await context.prove(host, pod, tools);
      return { changed: [] };
    },
  };
};

/** One component after another: each is well again before the next one is touched. */
const changing: readonly Phase<RenewContext>[] = Object.keys(loaders()).reduce(
  (phases: readonly Phase<RenewContext>[], pod) => [...phases, renewComponent(pod, phases)],
  [seeComponents, renewUsers],
);

/** Gives: a control plane that is well. One that is alone has no API server for some seconds, and its controllers begin anew by themselves. */
const proveComponents: Phase<RenewContext> = {
  id: "prove-components",
  title: "Prove that the control plane is well",
  hosts: everyHost,
  needs: changing.map(({ id }) => ({ phase: id, on: "here" })),
  act: async (context, host, tools) => {
    await context.settle(host, tools);
    return { changed: [] };
  },
};

/**
 * Needs: all is well. Gives: nothing of kbs on a node that another tool has made: a later reset of kbs's would end it and put its former
 * certificates back.
 */
const forgetFormer: Phase<RenewContext> = {
  id: "forget-former",
  title: "Keep nothing of what was renewed on a node of another tool",
  hosts: (context) => (context.ticket.cluster.id === "" ? everyHost(context) : []),
  needs: [...changing, proveComponents].map(({ id }) => ({ phase: id, on: "here" })),
  act: async ({ door, ticket }, host, { signal }) => {
    await door(host).send({ kind: "run", script: forgetScript, ticket }, { signal, timeout: 60_000 });
    return { changed: [] };
  },
};

export const renewPhases: readonly Phase<RenewContext>[] = [...changing, proveComponents, forgetFormer];
