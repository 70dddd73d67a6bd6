import type { KubeObject } from "../../changes/change.ts";
import type { Cluster } from "../../config/types.ts";
import { deltasOf } from "../../config/versions.ts";
import { commandLine, type Flags, lastValue } from "../args.ts";
import { certificatesOf, kubernetesDirectory } from "../paths.ts";
import type { ControlPlaneInput } from "./input.ts";
import { componentPod } from "./pod.ts";
import { probeHost } from "./probes.ts";
import { byName, certificateVolumes, type HostPath, readOnlyFile, writableDirectory } from "./volumes.ts";

const kubeconfig = `${kubernetesDirectory}/controller-manager.conf`;
const loopback = "127.0.0.1";

/** Without a subnet for pods nodes are given none; a cluster of kubeadm's may leave that to its pod network. */
const subnetFlags = ({ podSubnet, serviceSubnet }: Cluster["kubernetes"]): Flags =>
  podSubnet === "" ? {} : { "allocate-node-cidrs": "true", "cluster-cidr": podSubnet, "service-cluster-ip-range": serviceSubnet };

/** Without the CA's key nobody signs: kubeadm leaves both empty, and the controllers that sign do not start. */
const signingFlags = (pki: string, externalCa: boolean): Flags => ({
  "cluster-signing-cert-file": externalCa ? "" : `${pki}/ca.crt`,
  "cluster-signing-key-file": externalCa ? "" : `${pki}/ca.key`,
});

const defaultFlags = (kubernetes: Cluster["kubernetes"], pki: string, externalCa: boolean): Flags => ({
  ...subnetFlags(kubernetes),
  "authentication-kubeconfig": kubeconfig,
  "authorization-kubeconfig": kubeconfig,
  "bind-address": loopback,
  "client-ca-file": `${pki}/ca.crt`,
  "cluster-name": kubernetes.clusterName,
  ...signingFlags(pki, externalCa),
  controllers: "*,bootstrapsigner,tokencleaner",
  kubeconfig,
  "leader-elect": "true",
  "requestheader-client-ca-file": `${pki}/front-proxy-ca.crt`,
  "root-ca-file": `${pki}/ca.crt`,
  "service-account-private-key-file": `${pki}/sa.key`,
  "use-service-account-credentials": "true",
});

/** Until 1.35 kubeadm mounts the directory of FlexVolume plugins whether it is used or not; plugins open sockets there. */
const flexVolumes = ({ version, controllerManager }: Cluster["kubernetes"]): readonly HostPath[] => {
  if (!deltasOf(version).flexVolumeDirectory) return [];
  const chosen = lastValue(controllerManager.extraArgs, "flex-volume-plugin-dir");
  return [writableDirectory("flexvolume-dir", chosen ?? "/usr/libexec/kubernetes/kubelet-plugins/volume/exec")];
};

interface ControllerManagerInput extends ControlPlaneInput {
  /** Whether the key of the cluster's CA is kept elsewhere. */
  readonly externalCa?: boolean;
}

/** The controller manager of one node. It has no readiness probe, as with kubeadm. */
export const kubeControllerManagerPod = ({
  cluster,
  image,
  startup,
  caDirectories,
  externalCa = false,
}: ControllerManagerInput): KubeObject => {
  const { controllerManager, version } = cluster.kubernetes;
  return componentPod({
    name: "kube-controller-manager",
    image,
    startup,
    extras: controllerManager,
    variables: cluster.proxyVariables,
    flags: commandLine(
      defaultFlags(cluster.kubernetes, certificatesOf(cluster), externalCa),
      controllerManager.extraArgs,
      deltasOf(version),
    ),
    requests: { cpu: "200m" },
    volumes: byName([
      ...certificateVolumes(cluster, caDirectories),
      readOnlyFile("kubeconfig", kubeconfig),
      ...flexVolumes(cluster.kubernetes),
    ]),
    probe: { scheme: "HTTPS", host: probeHost(lastValue(controllerManager.extraArgs, "bind-address") ?? loopback), port: 10257 },
    probePaths: { liveness: "/healthz", startup: "/healthz" },
  });
};
