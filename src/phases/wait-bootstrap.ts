import type { Host } from "../changes/host.ts";
import { explaining } from "../diagnose/explain.ts";
import { readFact } from "../facts/index.ts";
import { kubeletIdentity } from "../facts/kubelet-identity.ts";
import { KubeError } from "../kube/error.ts";
import type { Kube, LiveObject } from "../kube/types.ts";
import { until } from "../kube/until.ts";
import { UserError } from "../shared/errors.ts";
import { type ClusterPhase, hostNamed, nothing, workers } from "./context.ts";

/** Milliseconds until a kubelet must have its certificate and its node: kubeadm's tlsBootstrap. */
const within = 300_000;

/** The one that signs certificates with which kubelets log in. */
const signer = "kubernetes.io/kube-apiserver-client-kubelet";

interface Condition {
  readonly type: string;
  readonly reason?: string;
  readonly message?: string;
}

interface SigningRequest extends LiveObject {
  readonly spec?: { readonly signerName?: string /** PEM, in base64. */; readonly request?: string };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly certificate?: string };
}

/** Whether a request is for the certificate of a node: its subject is in there as a text of DER, behind its length. */
const isFor = (node: string, { spec }: SigningRequest): boolean => {
  if (spec?.signerName !== signer) return false;
  const pem = Buffer.from(spec.request ?? "", "base64").toString();
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const name = Buffer.from(`system:node:${node}`);
  return der.includes(Buffer.concat([Buffer.from([name.length]), name]));
};

/** What a token may not see is unknown, and no reason to fail. */
const ifAllowed = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof KubeError && [401, 403].includes(error.code)) return undefined;
    throw error;
  }
};

const newest = (requests: readonly SigningRequest[]): SigningRequest | undefined =>
  requests.toSorted((a, b) => Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion))[0];

/** What the cluster says of the node's request, newest first. @throws UserError for one that was turned down, which waiting does not change */
const requestState = async (kube: Kube, node: string, signal: AbortSignal): Promise<string> => {
  const all = await ifAllowed(
    kube.list<SigningRequest>({ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" }, { signal }),
  );
  const request = newest(all?.items.filter((item) => isFor(node, item)) ?? []);
  if (!request) return "the kubelet has not asked the cluster for its certificate yet";
  const { name } = request.metadata;
  const conditions = request.status?.conditions ?? [];
  const refused = conditions.find(({ type }) => type === "Denied" || type === "Failed");
  if (refused) throw turnedDown(name, refused);
  if (request.status?.certificate !== undefined) return "the kubelet has yet to fetch the certificate that it was given";
  return conditions.some(({ type }) => type === "Approved")
    ? `the certificate signing request ${name} is approved, and nobody signs it: does the controller manager run, with the key of the CA?`
    : `the certificate signing request ${name} waits for an administrator: "kubectl certificate approve ${name}"`;
};

const turnedDown = (name: string, { type, reason = "", message = "" }: Condition): UserError =>
  new UserError(
    type === "Denied"
      ? `an administrator or a controller of the cluster has denied this node its certificate (request ${name})`
      : `the cluster could not sign this node's certificate (request ${name})`,
    {
      exit: "phase",
      probably: [reason, message].filter(Boolean).join(": ") || "no reason was given",
      hint: `if the node is to join: "kubectl delete csr ${name}" with an administrator's kubeconfig, then run the same command again, and approve what it asks for`,
    },
  );

const hasIdentity = async (door: Host, signal: AbortSignal): Promise<boolean> => {
  const questions = [kubeletIdentity.question];
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 30_000 });
  return readFact(kubeletIdentity, questions, records) ?? false;
};

/**
 * Needs: a kubelet that asks for its certificate. Gives: the certificate, and the node.
 * @param kube the API, by what the node logs in with until then: it may see its own request and nodes
 */
export const waitBootstrap = (kube: Kube): ClusterPhase => ({
  id: "wait-bootstrap",
  title: "Wait for the node's certificate",
  hosts: workers,
  needs: [{ phase: "join-workers", on: "here" }],
  act: async (context, node, { signal, waiting }) => {
    const door = context.door(node);
    const witnesses = { ...context, hosts: [hostNamed(context, node)] };
    let hasCertificate = false;
    const state = async (each: AbortSignal): Promise<string | undefined> => {
      hasCertificate ||= await hasIdentity(door, each);
      if (!hasCertificate) return await requestState(kube, node, each);
      const found = await ifAllowed(
        kube.get({ apiVersion: "v1", kind: "Node", name: node }, { signal: each }).then((live) => live ?? "none"),
      );
      return found === "none" ? "the kubelet has its certificate, and has not registered its node yet" : undefined;
    };
    await explaining(witnesses, signal, () =>
      until(`waiting for node ${node}`, state, { timeout: within, every: 500, signal, onWait: waiting }),
    );
    return nothing;
  },
});
