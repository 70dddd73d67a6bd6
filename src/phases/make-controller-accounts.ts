import type { Kube, LiveObject } from "../kube/types.ts";
import { type ClusterPhase, firstControlPlane, nothing } from "./context.ts";

const namespace = "kube-system";

interface Binding extends LiveObject {
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** Have rights in every cluster, but run only with a cloud provider, or when they are switched on. */
const notRun: ReadonlySet<string> = new Set(["route-controller", "selinux-warning-controller", "service-controller"]);

/** Accounts of the controllers of this very version: the API server has given them their rights by now. */
const controllersOf = async (kube: Kube, signal: AbortSignal): Promise<string[]> => {
  const { items } = await kube.list<Binding>(
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", labelSelector: "kubernetes.io/bootstrapping=rbac-defaults" },
    { signal },
  );
  return items
    .filter(({ metadata }) => metadata.name.startsWith("system:controller:"))
    .flatMap(({ subjects = [] }) => subjects.filter((subject) => subject.kind === "ServiceAccount" && subject.namespace === namespace))
    .map(({ name }) => name)
    .filter((name) => !notRun.has(name));
};

/**
 * Needs: the API. Gives: the accounts of the controllers, which the controller manager would make one by one before it starts any of them: three
 * requests each where one is enough, at twenty in a second (client-builder's getOrCreateServiceAccount, --kube-api-qps): five seconds in all.
 * One that has begun is left to it.
 */
export const makeControllerAccounts: ClusterPhase = {
  id: "make-controller-accounts",
  title: "Make the controllers' accounts",
  hosts: firstControlPlane,
  needs: [{ phase: "wait-api-server", on: "first" }],
  act: async ({ learned }, _host, { signal }) => {
    const kube = learned.get("kube");
    const begun = await kube.get(
      { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name: "kube-controller-manager" },
      { signal },
    );
    if (begun) return nothing;
    const names = await controllersOf(kube, signal);
    const make = (name: string) => kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } }, { signal });
    const made = await Promise.all(names.map(make));
    return { changed: names.filter((_, index) => made[index] !== undefined).map((name) => `ServiceAccount ${namespace}/${name}`) };
  },
};
