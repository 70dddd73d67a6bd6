import type { KubeObject } from "../../changes/change.ts";
import type { Cluster } from "../../config/types.ts";
import { deltasOf } from "../../config/versions.ts";
import { commandLine, type Flags, lastValue } from "../args.ts";
import { certificatesOf } from "../paths.ts";
import { clientUrl, dedicatedEndpoints, hostPort, localhost } from "./etcd-urls.ts";
import type { ControlPlaneInput } from "./input.ts";
import { componentPod } from "./pod.ts";
import { probeHost } from "./probes.ts";
import { byName, certificateVolumes, externalEtcdVolumes } from "./volumes.ts";

const ownEtcdClient = (pki: string): Flags => ({
  "etcd-cafile": `${pki}/etcd/ca.crt`,
  "etcd-certfile": `${pki}/apiserver-etcd-client.crt`,
  "etcd-keyfile": `${pki}/apiserver-etcd-client.key`,
});

const etcdFlags = (cluster: Cluster, address: string): Flags => {
  const { etcd, hosts } = cluster;
  if (etcd.mode === "external") {
    const { endpoints = [], caFile, certFile, keyFile } = etcd.external ?? {};
    const pair = certFile !== undefined && keyFile !== undefined ? { "etcd-certfile": certFile, "etcd-keyfile": keyFile } : {};
    return { "etcd-servers": endpoints.join(","), "etcd-cafile": caFile, ...pair };
  }
  if (etcd.mode === "dedicated")
    return { ...ownEtcdClient(certificatesOf(cluster)), "etcd-servers": dedicatedEndpoints({ hosts }).join(",") };
  const advertised = lastValue(etcd.extraArgs, "advertise-client-urls");
  return { ...ownEtcdClient(certificatesOf(cluster)), "etcd-servers": advertised ?? clientUrl(localhost(address)) };
};

const defaultFlags = (cluster: Cluster, address: string): Flags => {
  const { apiServer, dnsDomain, serviceSubnet } = cluster.kubernetes;
  const pki = certificatesOf(cluster);
  // A file of authorizers and a list of modes exclude each other.
  const structured = lastValue(apiServer.extraArgs, "authorization-config") !== undefined;
  return {
    ...etcdFlags(cluster, address),
    "advertise-address": address,
    "allow-privileged": "true",
    "authorization-mode": structured ? undefined : "Node,RBAC",
    "client-ca-file": `${pki}/ca.crt`,
    "enable-admission-plugins": "NodeRestriction",
    "enable-bootstrap-token-auth": "true",
    "kubelet-client-certificate": `${pki}/apiserver-kubelet-client.crt`,
    "kubelet-client-key": `${pki}/apiserver-kubelet-client.key`,
    "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
    "proxy-client-cert-file": `${pki}/front-proxy-client.crt`,
    "proxy-client-key-file": `${pki}/front-proxy-client.key`,
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-client-ca-file": `${pki}/front-proxy-ca.crt`,
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "secure-port": String(apiServer.bindPort),
    "service-account-issuer": `https://kubernetes.default.svc.${dnsDomain}`,
    "service-account-key-file": `${pki}/sa.pub`,
    "service-account-signing-key-file": `${pki}/sa.key`,
    "service-cluster-ip-range": serviceSubnet,
    "tls-cert-file": `${pki}/apiserver.crt`,
    "tls-private-key-file": `${pki}/apiserver.key`,
  };
};

/** The API server of one node. Its annotation is where other tools read the node's endpoint from. */
export const kubeApiserverPod = ({ cluster, node, image, startup, caDirectories }: ControlPlaneInput): KubeObject => {
  const { apiServer, version } = cluster.kubernetes;
  const address = node.internalAddress;
  return componentPod({
    name: "kube-apiserver",
    image,
    startup,
    extras: apiServer,
    variables: cluster.proxyVariables,
    flags: commandLine(defaultFlags(cluster, address), apiServer.extraArgs, deltasOf(version)),
    requests: { cpu: "250m" },
    volumes: byName([...certificateVolumes(cluster, caDirectories), ...externalEtcdVolumes(cluster)]),
    probe: { scheme: "HTTPS", host: probeHost(address), port: apiServer.bindPort },
    probePaths: { liveness: "/livez", readiness: "/readyz", startup: "/livez" },
    annotations: { "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": hostPort(address, apiServer.bindPort) },
  });
};
