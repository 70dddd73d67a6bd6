import type { KubeObject } from "../../changes/change.ts";
import { isControlPlane, runsProxy } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { kubernetesDirectory, pki } from "../paths.ts";
import { hostPort, localhost } from "../static-pods/etcd-urls.ts";

/** A folder, because a file that is replaced keeps its former content where it is mounted by itself. The paths are the same inside. */
export const haproxyDirectory = `${kubernetesDirectory}/haproxy`;
export const haproxyConfigPath = `${haproxyDirectory}/haproxy.cfg`;

/** How many workers' checks an API server gets each second at most; each is a TLS handshake. */
const checksPerSecond = 100;

/** Seconds between two looks of one worker at one API server. */
const interval = ({ hosts }: Pick<Cluster, "hosts">): number =>
  Math.max(1, Math.ceil(hosts.filter((host) => !isControlPlane(host)).length / checksPerSecond));

const servers = ({ hosts, kubernetes }: Pick<Cluster, "hosts" | "kubernetes">): string[] =>
  hosts
    .filter(isControlPlane)
    .map(({ name, internalAddress }) => `    server ${name} ${hostPort(internalAddress, kubernetes.apiServer.bindPort)}`);

/**
 * The way from a worker to all API servers. Whether one is well is asked of /readyz, over TLS: it says no while an API server starts or ends, and
 * when it has lost its etcd, where a mere connection would still succeed. It is said to be away after two answers missed, some six seconds after
 * its machine has vanished; then its connections are cut, which no client notices as soon by itself. An answer such as 401 is one: where nobody
 * may ask without logging in, that much is known.
 * If all say no, such as when a service for the encryption of Secrets is away, any that takes connections is better than none.
 */
export const haproxyConfig = (cluster: Pick<Cluster, "hosts" | "kubernetes" | "controlPlaneEndpoint">, host: ClusterHost) => {
  const list = servers(cluster);
  const looks = `inter ${interval(cluster)}s fastinter 1s fall 2 rise 1`;
  const content = `# kbs writes this file. The way from this node to the cluster's API servers.
global
    log stdout format raw local0 notice
    # Without it haproxy makes room for as many as a container may open files: gigabytes.
    maxconn 4096
    # After this file has changed, connections of before end within this time.
    hard-stop-after 30s

defaults
    log global
    mode tcp
    option redispatch 1
    retries 3
    timeout connect 2s
    timeout check 2s
    # As long as a kubelet leaves an idle connection of "kubectl exec" open.
    timeout client 4h
    timeout server 4h

frontend endpoint
    bind ${hostPort(localhost(host.internalAddress), cluster.controlPlaneEndpoint.port)}
    use_backend ready if { nbsrv(ready) gt 0 }
    default_backend answering

backend ready
    balance random
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
    http-check expect ! rstatus ^5
    default-server check check-ssl check-sni kubernetes verify required verifyhost kubernetes ca-file ${pki}/ca.crt ${looks}${list.length > 1 ? " on-marked-down shutdown-sessions" : ""}
${list.join("\n")}

backend answering
    balance random
    default-server check ${looks}
${list.join("\n")}
`;
  return { path: haproxyConfigPath, mode: 0o644, content };
};

/** Ports below this one are root's. */
const firstFree = 1024;

const rights = (port: number): unknown => ({
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  ...(port < firstFree
    ? { runAsUser: 0, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }
    : { runAsUser: 99, runAsGroup: 99, capabilities: { drop: ["ALL"] } }),
});

/**
 * haproxy on a worker. It has no probe: one of its port would be a connection to an API server, and judge that; and if its process ends, its container
 * does. -W: on SIGUSR2 it reads its configuration again without closing its port.
 */
export const haproxyPod = ({ controlPlaneEndpoint: { port } }: Pick<Cluster, "controlPlaneEndpoint">, image: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "haproxy", namespace: "kube-system", labels: { component: "haproxy", tier: "node" } },
  spec: {
    containers: [
      {
        name: "haproxy",
        image,
        imagePullPolicy: "IfNotPresent",
        command: ["haproxy", "-W", "-db", "-f", haproxyConfigPath],
        resources: { requests: { cpu: "25m", memory: "32Mi" } },
        securityContext: rights(port),
        volumeMounts: [
          { name: "config", mountPath: haproxyDirectory, readOnly: true },
          { name: "k8s-certs", mountPath: pki, readOnly: true },
        ],
      },
    ],
    hostNetwork: true,
    priority: 2_000_001_000,
    priorityClassName: "system-node-critical",
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    // While a former one ends in peace, nobody would listen.
    terminationGracePeriodSeconds: 1,
    volumes: [
      { name: "config", hostPath: { path: haproxyDirectory, type: "DirectoryOrCreate" } },
      { name: "k8s-certs", hostPath: { path: pki, type: "DirectoryOrCreate" } },
    ],
  },
});

/** What the endpoint's name means on a node: its own proxy, or on a control plane the machine itself. Undefined where others must know it. */
export const endpointAddress = (cluster: Pick<Cluster, "loadBalancer">, { roles, internalAddress }: ClusterHost): string | undefined => {
  if (cluster.loadBalancer !== "haproxy") return undefined;
  if (runsProxy({ roles }, cluster)) return localhost(internalAddress);
  return isControlPlane({ roles }) ? internalAddress : undefined;
};
