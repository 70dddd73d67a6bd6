import type { KubeObject } from "../../changes/change.ts";
import { sha256 } from "../../shared/sha256.ts";
import { deployment } from "../../templates/objects/workload.ts";
import type { MadeCertificate } from "../addon.ts";
import { dashboardServer as name, dashboardNamespace as namespace, dashboardSecret as secretName } from "./names.ts";

const labels = { "app.kubernetes.io/name": name };
const certificates = "/certs";
const portName = "https";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const tlsSecret = ({ certificate, key }: MadeCertificate): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: secretName, namespace },
  type: "kubernetes.io/tls",
  data: { "tls.crt": base64(certificate), "tls.key": base64(key) },
});

const probe = (periodSeconds: number): unknown => ({
  httpGet: { path: "/", port: portName, scheme: "HTTPS" },
  periodSeconds,
  timeoutSeconds: 5,
});

const container = (image: string): unknown => ({
  name,
  image,
  imagePullPolicy: "IfNotPresent",
  args: [
    "-in-cluster",
    "-plugins-dir=/headlamp/plugins",
    `-tls-cert-path=${certificates}/tls.crt`,
    `-tls-key-path=${certificates}/tls.key`,
  ],
  ports: [{ name: portName, containerPort: 4466, protocol: "TCP" }],
  livenessProbe: probe(30),
  readinessProbe: probe(5),
  resources: { requests: { cpu: "50m", memory: "128Mi" } },
  // User and group of the image.
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsGroup: 101,
    runAsNonRoot: true,
    runAsUser: 100,
  },
  volumeMounts: [{ name: "certificates", mountPath: certificates, readOnly: true }],
});

const pod = (image: string): unknown => ({
  serviceAccountName: name,
  nodeSelector: { "kubernetes.io/os": "linux" },
  securityContext: { fsGroup: 101, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container(image)],
  volumes: [{ name: "certificates", secret: { secretName, defaultMode: 0o440 } }],
});

/** The server reads its certificate once, so a new one has to start a new pod. */
const certificateMark = ({ certificate }: MadeCertificate): Readonly<Record<string, string>> => ({
  "kbs/certificate": sha256(certificate),
});

const service = (nodePort: number): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { type: "NodePort", selector: labels, ports: [{ name: portName, port: 443, protocol: "TCP", targetPort: portName, nodePort }] },
});

export interface ServerInput {
  readonly image: string;
  readonly nodePort: number;
  readonly made: MadeCertificate;
}

/** Headlamp behind TLS of its own, on a port of every node. */
export const serverObjects = ({ image, nodePort, made }: ServerInput): readonly KubeObject[] => [
  tlsSecret(made),
  deployment({
    metadata: { name, namespace, labels },
    selector: labels,
    podAnnotations: certificateMark(made),
    replicas: 1,
    podSpec: pod(image),
  }),
  service(nodePort),
];
