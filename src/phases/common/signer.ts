import type { Kube } from "../../kube/types.ts";
import { forAWhile } from "./for-a-while.ts";

/** Milliseconds for which kubelets wait for somebody who signs their certificates; they can wait by themselves, too. */
const signerWithin = 30_000;

/** What the controller manager makes in every namespace as soon as its controllers run, those that sign certificates among them. */
const firstSign = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "kube-root-ca.crt" };

/**
 * A kubelet that has to wait for its certificate asks for Services, without which it starts no container, at ever longer intervals, and tries
 * such a container again only after ten seconds: better that it starts when it is answered at once.
 */
export const signerRuns = async (kube: Kube, signal: AbortSignal, waiting: (reason: string) => void): Promise<void> => {
  const runs = async (): Promise<string | undefined> =>
    (await kube.get(firstSign, { signal })) ? undefined : "no controller manager runs yet, which signs the kubelets' certificates";
  await forAWhile("waiting for the controller manager", runs, { within: signerWithin, signal, waiting });
};
