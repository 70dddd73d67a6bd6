const healthPort = "liveness-probe";
const readyPort = "readiness-probe";

const container = (image: string): unknown => ({
  name: "coredns",
  image,
  imagePullPolicy: "IfNotPresent",
  args: ["-conf", "/etc/coredns/Corefile"],
  resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
  ports: [
    { name: "dns", containerPort: 53, protocol: "UDP" },
    { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
    { name: "metrics", containerPort: 9153, protocol: "TCP" },
    { name: healthPort, containerPort: 8080, protocol: "TCP" },
    { name: readyPort, containerPort: 8181, protocol: "TCP" },
  ],
  livenessProbe: {
    httpGet: { path: "/health", port: healthPort, scheme: "HTTP" },
    initialDelaySeconds: 60,
    timeoutSeconds: 5,
    successThreshold: 1,
    failureThreshold: 5,
  },
  readinessProbe: { httpGet: { path: "/ready", port: readyPort, scheme: "HTTP" } },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  },
  volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
});

const apart = (labels: Readonly<Record<string, string>>): unknown => ({
  labelSelector: { matchExpressions: Object.entries(labels).map(([key, value]) => ({ key, operator: "In", values: [value] })) },
  topologyKey: "kubernetes.io/hostname",
});

/** The pod of CoreDNS: on any Linux node, control planes too, rather on different ones. */
export const coreDnsPod = (image: string, labels: Readonly<Record<string, string>>): unknown => ({
  priorityClassName: "system-cluster-critical",
  serviceAccountName: "coredns",
  // Its own questions go to the host's servers: the cluster's DNS is itself.
  dnsPolicy: "Default",
  nodeSelector: { "kubernetes.io/os": "linux" },
  affinity: {
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart(labels) }] },
  },
  tolerations: [
    { key: "CriticalAddonsOnly", operator: "Exists" },
    { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
  ],
  containers: [container(image)],
  volumes: [{ name: "config-volume", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } }],
});
