import { KubeError } from "../../kube/error.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";

const namespace = "kube-system";
const accounts = { apiVersion: "v1", kind: "ServiceAccount", namespace };

interface Binding extends LiveObject {
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** Have rights in every cluster, but run only with a cloud provider, or when they are switched on. */
const notRun: ReadonlySet<string> = new Set(["route-controller", "selinux-warning-controller", "service-controller"]);

/** Accounts of the controllers of this very version: the API server gives them their rights when it starts. */
const controllersOf = async (kube: Kube, signal: AbortSignal): Promise<string[]> => {
  const { items } = await kube.list<Binding>(
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", labelSelector: "kubernetes.io/bootstrapping=rbac-defaults" },
    { signal, patience: 0 },
  );
  return items
    .filter(({ metadata }) => metadata.name.startsWith("system:controller:"))
    .flatMap(({ subjects = [] }) => subjects.filter((subject) => subject.kind === "ServiceAccount" && subject.namespace === namespace))
    .map(({ name }) => name)
    .filter((name) => !notRun.has(name));
};

/**
 * Makes those accounts of controllers that are missing and have got their rights by now. The controller manager would make them one by one before
 * it starts any controller: three requests each where one is enough, at twenty in a second (client-builder's getOrCreateServiceAccount,
 * --kube-api-qps): five seconds in all.
 * Asked once: whoever waits for the API server asks again.
 * @returns the names of those that were made; none when the API server is not yet able to.
 */
export const makeControllerAccounts = async (kube: Kube, signal: AbortSignal): Promise<string[]> => {
  try {
    const [wanted, { items }] = await Promise.all([controllersOf(kube, signal), kube.list(accounts, { signal, patience: 0 })]);
    const found = new Set(items.map(({ metadata }) => metadata.name));
    const missing = wanted.filter((name) => !found.has(name));
    const make = (name: string) =>
      kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } }, { signal, patience: 0 });
    const made = await Promise.all(missing.map(make));
    return missing.filter((_, index) => made[index] !== undefined);
  } catch (error) {
    // It is only done ahead: what is not made here, the controller manager makes.
    if (error instanceof KubeError) return [];
    throw error;
  }
};
