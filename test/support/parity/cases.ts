import { type KubernetesMinor, kubernetesReleases, versions } from "../../lab/go-recipes.ts";
import { certificateKey, podSubnet, token, type Wishes } from "./config.ts";

/** A configuration that both tools read. */
export interface ParityCase {
  /** By which docs/observed.md names it. */
  readonly id: string;
  /** What is configured, in words. */
  readonly says: string;
  /** What stands in kubeadm's file beside what every case needs. */
  readonly wishes?: Wishes;
  /** Its hosts have addresses of IPv6, too. */
  readonly ipv6?: boolean;
  /** Programs of the lab's build of etcd, in /usr/local/bin before that script. */
  readonly brings?: readonly string[];
  /** A script that all hosts run before; $FIRST is the address of the control plane, $FIRST6 that of IPv6, $CONFIG the file with what is wished. */
  readonly prepare?: string;
  /** Flags of both; without a file unless one of them is `--config`. */
  readonly flags?: readonly string[];
  /** Of both tools and of what they make; the lab's own when not told. */
  readonly kubernetes?: KubernetesMinor;
  /** Another host joins, and is the one whose files are compared. */
  readonly joins?: "worker" | "control-plane";
}

const args = (pairs: readonly (readonly [string, string])[]) => pairs.map(([name, value]) => ({ name, value }));

const endpointByName = 'echo "$FIRST api.example" >>/etc/hosts';

/** An etcd that somebody runs on the first machine by hand, with TLS and client certificates. */
const etcdByHand = `echo "$FIRST etcd.example" >>/etc/hosts
hostname -I | grep -qwF "$FIRST" || exit 0
mkdir -p /etc/etcd-certs /srv/etcd && cd /etc/etcd-certs
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $ec -keyout ca.key -out ca.crt -days 2 -subj /CN=ca-by-hand
for name in server client; do
  openssl req $ec -keyout $name.key -out $name.csr -subj /CN=$name
  printf 'subjectAltName=DNS:etcd.example\n' >$name.ext
  openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -extfile $name.ext -out $name.crt
done
url=https://etcd.example:2379
systemd-run --quiet --unit=etcd-by-hand /usr/local/bin/etcd --data-dir=/srv/etcd --listen-client-urls=https://$FIRST:2379 --advertise-client-urls=$url \
  --listen-peer-urls=http://127.0.0.1:2380 --client-cert-auth --trusted-ca-file=$PWD/ca.crt --cert-file=$PWD/server.crt --key-file=$PWD/server.key
until curl -sf --cacert ca.crt --cert client.crt --key client.key $url/health >/dev/null; do sleep 0.2; done`;

const externalEtcd = {
  etcd: {
    external: {
      endpoints: ["https://etcd.example:2379"],
      caFile: "/etc/etcd-certs/ca.crt",
      certFile: "/etc/etcd-certs/client.crt",
      keyFile: "/etc/etcd-certs/client.key",
    },
  },
};

const withKeys = (encryptionAlgorithm: string): ParityCase => ({
  id: encryptionAlgorithm.toLowerCase(),
  says: `keys of ${encryptionAlgorithm}`,
  wishes: { ClusterConfiguration: { encryptionAlgorithm } },
});

/** What a release has otherwise shows in arguments of one's own and in patches, if not in every file. */
const withRelease = (kubernetes: KubernetesMinor): ParityCase => ({
  id: `kubernetes-${kubernetes}`,
  says: `Kubernetes ${kubernetes}, with arguments and patches of one's own`,
  kubernetes,
  prepare: `mkdir -p /etc/patches
printf 'metadata: { labels: { rack: r1 } }\\n' >/etc/patches/kubeproxydaemonset+merge.yaml`,
  wishes: {
    InitConfiguration: { patches: { directory: "/etc/patches" } },
    ClusterConfiguration: {
      kubernetesVersion: kubernetesReleases[kubernetes],
      apiServer: {
        extraArgs: args([
          ["v", "1"],
          ["service-account-issuer", "https://kubernetes.default.svc.cluster.local"],
          ["audit-log-maxage", "7"],
        ]),
      },
      scheduler: {
        extraArgs: args([
          ["v", "2"],
          ["leader-elect", "true"],
        ]),
      },
    },
  },
});

/** What an init leaves out that only writes certificates and kubeconfigs. */
const filesOnly = [
  "preflight,etcd,control-plane,kubelet-start,wait-control-plane,upload-config,upload-certs,mark-control-plane",
  "bootstrap-token,kubelet-finalize,addon,show-join-command",
].join(",");

export const parityCases: readonly ParityCase[] = [
  { id: "defaults", says: "nothing but a version and a pod subnet" },
  {
    id: "flags",
    says: "every flag that both have, and no file",
    // Without a file the kubelet is told by its own flag what the lab's hosts need.
    prepare: `mkdir -p /etc/default; echo 'KUBELET_EXTRA_ARGS=--fail-cgroupv1=false' >/etc/default/kubelet; ${endpointByName}`,
    flags: [
      `--kubernetes-version=${versions.kubernetes}`,
      `--pod-network-cidr=${podSubnet}`,
      "--service-cidr=10.90.0.0/16",
      "--service-dns-domain=blue.example",
      "--control-plane-endpoint=api.example:7443",
      "--apiserver-bind-port=7443",
      "--apiserver-cert-extra-sans=one.example,192.0.2.9",
      "--node-name=node-one",
      `--token=${token}`,
      "--token-ttl=3h",
      "--ignore-preflight-errors=SystemVerification,Hostname",
    ],
  },
  withKeys("RSA-3072"),
  withKeys("RSA-4096"),
  withKeys("ECDSA-P256"),
  withKeys("ECDSA-P384"),
  {
    id: "extra-args",
    says: "arguments of one's own for every component, some twice, some in place of a default, and times of certificates",
    wishes: {
      ClusterConfiguration: {
        certificateValidityPeriod: "720h0m0s",
        caCertificateValidityPeriod: "17520h30m0s",
        apiServer: {
          extraArgs: args([
            ["service-account-issuer", "https://issuer.example"],
            ["service-account-issuer", "https://kubernetes.default.svc.cluster.local"],
            ["audit-log-maxage", "7"],
            ["enable-admission-plugins", "NodeRestriction,AlwaysPullImages"],
          ]),
        },
        controllerManager: {
          extraArgs: args([
            ["node-cidr-mask-size", "25"],
            ["bind-address", "0.0.0.0"],
          ]),
        },
        scheduler: { extraArgs: args([["v", "2"]]) },
        etcd: {
          local: {
            dataDir: "/var/lib/etcd-data",
            extraArgs: args([["quota-backend-bytes", "1000000000"]]),
            serverCertSANs: ["etcd.example"],
            peerCertSANs: ["peer.example", "192.0.2.7"],
          },
        },
      },
    },
  },
  {
    id: "names",
    says: "names, domain and subnets of one's own, and an endpoint by name",
    prepare: endpointByName,
    wishes: {
      InitConfiguration: { localAPIEndpoint: { bindPort: 7443 } },
      ClusterConfiguration: {
        clusterName: "blue",
        controlPlaneEndpoint: "api.example:7443",
        networking: { podSubnet: "10.50.0.0/16", serviceSubnet: "10.60.0.0/16", dnsDomain: "blue.example" },
        apiServer: { certSANs: ["Two.Example", "*.wild.example", "192.0.2.9", "2001:db8::9"] },
      },
    },
  },
  {
    id: "components",
    says: "configurations of one's own for kubelet and kube-proxy",
    wishes: {
      KubeletConfiguration: {
        maxPods: 50,
        serializeImagePulls: false,
        evictionHard: { "memory.available": "100Mi" },
        authentication: { webhook: { cacheTTL: "30s" } },
        logging: { verbosity: 3 },
      },
      KubeProxyConfiguration: { mode: "nftables", nftables: { syncPeriod: "45s" }, nodePortAddresses: ["primary"] },
    },
  },
  {
    id: "untainted",
    says: "a control plane without taints",
    wishes: { InitConfiguration: { nodeRegistration: { taints: [] } } },
  },
  {
    id: "taint-and-token",
    says: "a taint of one's own, and a token with a word on it that only signs in",
    wishes: {
      InitConfiguration: {
        nodeRegistration: { taints: [{ key: "disk", value: "slow", effect: "NoExecute" }] },
        bootstrapTokens: [
          { token, ttl: "0s", description: "for the rack", usages: ["authentication"], groups: ["system:bootstrappers:rack"] },
        ],
      },
    },
  },
  {
    id: "no-proxy",
    says: "no kube-proxy",
    wishes: { ClusterConfiguration: { proxy: { disabled: true } } },
  },
  {
    id: "volumes",
    says: "volumes, variables and patches of one's own, and flags of the kubelet",
    prepare: `mkdir -p /etc/audit /etc/patches
printf 'apiVersion: audit.k8s.io/v1\\nkind: Policy\\nrules: [{ level: None }]\\n' >/etc/audit/policy.yaml
printf 'spec: { containers: [{ name: etcd, resources: { requests: { memory: 64Mi } } }] }\\n' >/etc/patches/etcd0.yaml
printf '[{ "op": "add", "path": "/metadata/labels/rack", "value": "r1" }]' >/etc/patches/kube-scheduler+json.json
printf 'metadata: { annotations: { note: merged } }\\n' >/etc/patches/kube-controller-manager1+merge.yaml
printf 'maxPods: 77\\n' >/etc/patches/kubeletconfiguration.yaml
printf 'spec: { replicas: 1 }\\n' >/etc/patches/corednsdeployment.yaml`,
    wishes: {
      InitConfiguration: {
        patches: { directory: "/etc/patches" },
        nodeRegistration: {
          kubeletExtraArgs: args([
            ["v", "3"],
            ["node-labels", "disk=slow"],
          ]),
        },
      },
      ClusterConfiguration: {
        apiServer: {
          extraArgs: args([["audit-policy-file", "/etc/audit/policy.yaml"]]),
          extraVolumes: [{ name: "audit", hostPath: "/etc/audit", mountPath: "/etc/audit", readOnly: true, pathType: "DirectoryOrCreate" }],
          extraEnvs: [{ name: "ONE", value: "1" }],
        },
        controllerManager: {
          extraVolumes: [{ name: "aaa", hostPath: "/srv", mountPath: "/srv" }],
          extraEnvs: [{ name: "HTTPS_PROXY", value: "" }],
        },
        scheduler: { extraEnvs: [{ name: "TWO", value: "2" }] },
        etcd: { local: { extraEnvs: [{ name: "ETCD_AUTO_COMPACTION_RETENTION", value: "1" }] } },
      },
    },
  },
  {
    id: "no-pod-subnet",
    says: "no subnet for pods, and the runtime's socket by its other name",
    wishes: {
      InitConfiguration: { nodeRegistration: { criSocket: "unix:///run/containerd/containerd.sock" } },
      ClusterConfiguration: { networking: { podSubnet: "" } },
    },
  },
  {
    id: "dual-stack",
    says: "IPv4 and IPv6, for pods, Services and the node",
    ipv6: true,
    // A kubelet that is told nothing has one address with kubeadm, which also wants forwarding to be on.
    prepare: 'sed -i "s/NODE_IPS/$FIRST,$FIRST6/" $CONFIG; sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.forwarding=1',
    wishes: {
      InitConfiguration: { nodeRegistration: { kubeletExtraArgs: args([["node-ip", "NODE_IPS"]]) } },
      ClusterConfiguration: {
        networking: { podSubnet: "10.244.0.0/16,fd00:10:244::/56", serviceSubnet: "10.96.0.0/16,fd00:10:96::/112" },
      },
    },
  },
  {
    id: "folder",
    says: "certificates in a folder of one's own, and no DNS",
    wishes: { ClusterConfiguration: { certificatesDir: "/etc/kubernetes/own-pki", dns: { disabled: true } } },
  },
  {
    id: "external-ca",
    says: "CAs whose keys are kept elsewhere, with all that they have signed",
    // In one go, so that all times are of one second, and without what would be more than files.
    prepare: `kubeadm init --config $CONFIG --skip-phases ${filesOnly}
rm /etc/kubernetes/pki/ca.key /etc/kubernetes/pki/front-proxy-ca.key /etc/kubernetes/pki/etcd/ca.key`,
  },
  {
    id: "external-etcd",
    says: "an etcd that others run",
    brings: ["etcd"],
    prepare: etcdByHand,
    wishes: { ClusterConfiguration: externalEtcd },
  },
  { id: "worker", says: "a worker that joins by token", joins: "worker" },
  {
    id: "control-plane",
    says: "one more control plane that joins by a certificate key",
    prepare: endpointByName,
    flags: ["--config=kubeadm.yaml", "--upload-certs"],
    wishes: { InitConfiguration: { certificateKey }, ClusterConfiguration: { controlPlaneEndpoint: "api.example" } },
    joins: "control-plane",
  },
  {
    id: "external-etcd-join",
    says: "one more control plane by the etcd that others run",
    brings: ["etcd"],
    prepare: `${endpointByName}\n${etcdByHand}`,
    flags: ["--config=kubeadm.yaml", "--upload-certs"],
    wishes: { InitConfiguration: { certificateKey }, ClusterConfiguration: { controlPlaneEndpoint: "api.example", ...externalEtcd } },
    joins: "control-plane",
  },
  withRelease("1.35"),
  withRelease("1.37"),
];
