import type { Change } from "../changes/change.ts";
import { renderBootstrapKubeconfig } from "../pki/kubeconfig/kubeconfig.ts";
import { certificatesOf, kubernetesDirectory } from "../templates/paths.ts";
import { hostPort } from "../templates/static-pods/etcd-urls.ts";
import { kubeletConfiguration } from "./common/kubelet.ts";
import { caCertificate, pkiFileAt } from "./common/pki.ts";
import { proxyFiles, proxyLoaded } from "./common/proxy.ts";
import { type ClusterPhase, type Context, factsOf, hostNamed, workers } from "./context.ts";

export const bootstrapConf = `${kubernetesDirectory}/bootstrap-kubelet.conf`;
const kubeletConf = `${kubernetesDirectory}/kubelet.conf`;

const serverOf = ({ cluster: { controlPlaneEndpoint } }: Context): string =>
  `https://${hostPort(controlPlaneEndpoint.host, controlPlaneEndpoint.port)}`;

const bootstrapFile = (context: Context): Change => {
  const content = renderBootstrapKubeconfig(
    context.cluster.kubernetes.clusterName,
    serverOf(context),
    caCertificate(context).toString(),
    context.learned.get("token").text,
  );
  return { kind: "file", path: bootstrapConf, mode: 0o600, content, secret: true };
};

/** Of a CA that is made in this very run nobody knows the content before. */
const caFile = (context: Context): Change => {
  const caPath = `${certificatesOf(context.cluster)}/ca.crt`;
  const { content, reason } = pkiFileAt(context, caPath);
  if (reason === undefined) return { kind: "file", path: caPath, mode: 0o644, content };
  return { kind: "made", path: caPath, mode: 0o644, secret: false, what: "the cluster's CA", reason, make: () => content };
};

/**
 * A kubelet writes kubelet.conf when it joins, and never again: the endpoint as it was then, maybe before there was a load balancer. It is stopped
 * meanwhile, so that whoever starts it again makes it read the new one.
 */
const followEndpoint = (context: Context): Change => ({
  kind: "command",
  name: "point the kubelet at the control-plane endpoint",
  check: `! [ -e ${kubeletConf} ] || sed -n 's/^ *server: //p' ${kubeletConf} | grep -qxF '${serverOf(context)}' || { echo 'it points at another'; exit 1; }`,
  apply: `systemctl stop kubelet && umask 077 && sed 's|^\\( *server: \\).*|\\1${serverOf(context)}|' ${kubeletConf} >${kubernetesDirectory}/.kubelet.conf~ &&
sync ${kubernetesDirectory}/.kubelet.conf~ && mv ${kubernetesDirectory}/.kubelet.conf~ ${kubeletConf}; systemctl start kubelet`,
});

/**
 * Needs: a token, the kubelet and the images of the host. Gives: a kubelet that asks for its certificate by TLS bootstrap and registers its node.
 * One that has its certificate is only kept as wished.
 */
export const joinWorkers: ClusterPhase = {
  id: "join-workers",
  title: "Join the workers",
  hosts: workers,
  needs: [
    { phase: "install-kubelet", on: "here" },
    { phase: "install-cni", on: "here" },
    // Before a pod comes: the kubelet would look for the image in a registry.
    { phase: "import-node-images", on: "here" },
    { phase: "make-token", on: "first" },
  ],
  wish: (context, host) => [
    caFile(context),
    ...proxyFiles(context, host),
    ...(context.joined.has(host) ? [] : [bootstrapFile(context)]),
    ...(context.joined.has(host) && context.cluster.loadBalancer !== "none" ? [followEndpoint(context)] : []),
    // A kubelet that an earlier run has left waiting knows that run's token, which is gone.
    ...kubeletConfiguration(context, hostNamed(context, host), context.joined.has(host) ? [] : [bootstrapConf]),
    ...proxyLoaded(context, host),
  ],
};

/** Needs: nodes that are ready. Gives: no token on the workers. */
export const forgetToken: ClusterPhase = {
  id: "forget-token",
  title: "Remove the token from the workers",
  hosts: workers,
  needs: [
    { phase: "join-workers", on: "here" },
    { phase: "wait-ready", on: "first" },
  ],
  wish: (context, host) => {
    const isThere = !context.joined.has(host) || factsOf(context, host).kubernetes.kubeconfigs.includes(bootstrapConf);
    // The kubelet writes its kubelet.conf without a sync, and has nothing to join with once the token is gone.
    return isThere ? [{ kind: "absent", path: bootstrapConf, replacedBy: kubeletConf }] : [];
  },
};
