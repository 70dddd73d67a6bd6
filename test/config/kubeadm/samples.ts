/** The body of a document in which one field, named by its path, is written and differs from its default. */
export const samples: Readonly<Record<string, string>> = {
  "InitConfiguration.nodeRegistration.name": "nodeRegistration: { name: other }",
  "InitConfiguration.nodeRegistration.criSocket": "nodeRegistration: { criSocket: unix:///run/crio/crio.sock }",
  "InitConfiguration.nodeRegistration.taints[].key": "nodeRegistration: { taints: [{ key: b, effect: NoSchedule }] }",
  "InitConfiguration.nodeRegistration.taints[].value": "nodeRegistration: { taints: [{ key: a, value: b, effect: NoSchedule }] }",
  "InitConfiguration.nodeRegistration.taints[].effect":
    "nodeRegistration: { taints: [{ key: node-role.kubernetes.io/control-plane, effect: NoExecute }] }",
  "InitConfiguration.nodeRegistration.taints[].timeAdded":
    'nodeRegistration: { taints: [{ key: node-role.kubernetes.io/control-plane, effect: NoSchedule, timeAdded: "2026-01-01T00:00:00Z" }] }',
  "InitConfiguration.nodeRegistration.kubeletExtraArgs[].name": 'nodeRegistration: { kubeletExtraArgs: [{ name: v, value: "4" }] }',
  "InitConfiguration.nodeRegistration.kubeletExtraArgs[].value": 'nodeRegistration: { kubeletExtraArgs: [{ name: v, value: "4" }] }',
  "InitConfiguration.nodeRegistration.ignorePreflightErrors[]": "nodeRegistration: { ignorePreflightErrors: [Swap] }",
  "InitConfiguration.nodeRegistration.imagePullPolicy": "nodeRegistration: { imagePullPolicy: Always }",
  "InitConfiguration.nodeRegistration.imagePullSerial": "nodeRegistration: { imagePullSerial: false }",
  "InitConfiguration.skipPhases[]": "skipPhases: [addon]",
  "InitConfiguration.patches.directory": "patches: { directory: /p }",
  "InitConfiguration.dryRun": "dryRun: true",
  "InitConfiguration.timeouts.controlPlaneComponentHealthCheck": "timeouts: { controlPlaneComponentHealthCheck: 7m }",
  "InitConfiguration.timeouts.kubeletHealthCheck": "timeouts: { kubeletHealthCheck: 7m }",
  "InitConfiguration.timeouts.kubernetesAPICall": "timeouts: { kubernetesAPICall: 7m }",
  "InitConfiguration.timeouts.etcdAPICall": "timeouts: { etcdAPICall: 7m }",
  "InitConfiguration.timeouts.tlsBootstrap": "timeouts: { tlsBootstrap: 7m }",
  "InitConfiguration.timeouts.discovery": "timeouts: { discovery: 7m }",
  "InitConfiguration.timeouts.upgradeManifests": "timeouts: { upgradeManifests: 7m }",
  "InitConfiguration.bootstrapTokens[].token": "bootstrapTokens: [{ token: abcdef.0123456789abcdef }]",
  "InitConfiguration.bootstrapTokens[].description": "bootstrapTokens: [{ description: a }]",
  "InitConfiguration.bootstrapTokens[].ttl": "bootstrapTokens: [{ ttl: 1h }]",
  "InitConfiguration.bootstrapTokens[].expires": 'bootstrapTokens: [{ expires: "2030-01-31T12:00:00Z" }]',
  "InitConfiguration.bootstrapTokens[].usages[]": "bootstrapTokens: [{ usages: [signing] }]",
  "InitConfiguration.bootstrapTokens[].groups[]": 'bootstrapTokens: [{ groups: ["system:bootstrappers:a"] }]',
  "InitConfiguration.localAPIEndpoint.advertiseAddress": "localAPIEndpoint: { advertiseAddress: 10.0.0.12 }",
  "InitConfiguration.localAPIEndpoint.bindPort": "localAPIEndpoint: { bindPort: 6444 }",
  "InitConfiguration.certificateKey": "certificateKey: abababababababababababababababababababababababababababababababab",
  "ClusterConfiguration.etcd.local.imageRepository":
    "etcd: { local: { imageRepository: registry.example.com } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.imageTag": "etcd: { local: { imageTag: 3.6.0-0 } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.dataDir": "etcd: { local: { dataDir: /data } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraArgs[].name":
    'etcd: { local: { extraArgs: [{ name: v, value: "4" }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.etcd.local.extraArgs[].value":
    'etcd: { local: { extraArgs: [{ name: v, value: "4" }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.etcd.local.extraEnvs[].name":
    "etcd: { local: { extraEnvs: [{ name: A, value: a }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].value":
    "etcd: { local: { extraEnvs: [{ name: A, value: a }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.fieldRef.apiVersion":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { apiVersion: v1, fieldPath: a } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.fieldRef.fieldPath":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { fieldPath: a } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.resourceFieldRef.containerName":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { containerName: a, resource: b } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.resourceFieldRef.resource":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.resourceFieldRef.divisor":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b, divisor: 1 } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.configMapKeyRef.name":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.configMapKeyRef.key":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.configMapKeyRef.optional":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.secretKeyRef.name":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.secretKeyRef.key":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.secretKeyRef.optional":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.fileKeyRef.volumeName":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.fileKeyRef.path":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.fileKeyRef.key":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.extraEnvs[].valueFrom.fileKeyRef.optional":
    "etcd: { local: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.serverCertSANs[]": "etcd: { local: { serverCertSANs: [a] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.local.peerCertSANs[]": "etcd: { local: { peerCertSANs: [a] } }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.etcd.external.endpoints[]":
    'etcd: { external: { endpoints: ["https://10.0.0.31:2379"], httpEndpoints: ["http://10.0.0.31:2379"], caFile: /a, certFile: /b, keyFile: /c } }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.etcd.external.httpEndpoints[]":
    'etcd: { external: { endpoints: ["https://10.0.0.31:2379"], httpEndpoints: ["http://10.0.0.31:2379"], caFile: /a, certFile: /b, keyFile: /c } }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.etcd.external.caFile":
    'etcd: { external: { endpoints: ["https://10.0.0.31:2379"], httpEndpoints: ["http://10.0.0.31:2379"], caFile: /a, certFile: /b, keyFile: /c } }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.etcd.external.certFile":
    'etcd: { external: { endpoints: ["https://10.0.0.31:2379"], httpEndpoints: ["http://10.0.0.31:2379"], caFile: /a, certFile: /b, keyFile: /c } }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.etcd.external.keyFile":
    'etcd: { external: { endpoints: ["https://10.0.0.31:2379"], httpEndpoints: ["http://10.0.0.31:2379"], caFile: /a, certFile: /b, keyFile: /c } }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.networking.serviceSubnet": "networking: { podSubnet: 10.244.0.0/16, serviceSubnet: 10.97.0.0/16 }",
  "ClusterConfiguration.networking.podSubnet": "networking: { podSubnet: 10.245.0.0/16 }",
  "ClusterConfiguration.networking.dnsDomain": "networking: { podSubnet: 10.244.0.0/16, dnsDomain: other.local }",
  "ClusterConfiguration.kubernetesVersion": "kubernetesVersion: v1.35.1\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controlPlaneEndpoint": "controlPlaneEndpoint: k8s.example.com\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.certificatesDir": "certificatesDir: /pki\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.imageRepository": "imageRepository: registry.example.com\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.clusterName": "clusterName: blue\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraArgs[].name":
    'apiServer: { extraArgs: [{ name: v, value: "4" }] }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.apiServer.extraArgs[].value":
    'apiServer: { extraArgs: [{ name: v, value: "4" }] }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.apiServer.extraVolumes[].name":
    "apiServer: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraVolumes[].hostPath":
    "apiServer: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraVolumes[].mountPath":
    "apiServer: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraVolumes[].readOnly":
    "apiServer: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraVolumes[].pathType":
    "apiServer: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].name":
    "apiServer: { extraEnvs: [{ name: A, value: a }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].value":
    "apiServer: { extraEnvs: [{ name: A, value: a }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.fieldRef.apiVersion":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { apiVersion: v1, fieldPath: a } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.fieldRef.fieldPath":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { fieldPath: a } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.resourceFieldRef.containerName":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { containerName: a, resource: b } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.resourceFieldRef.resource":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.resourceFieldRef.divisor":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b, divisor: 1 } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.configMapKeyRef.name":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.configMapKeyRef.key":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.configMapKeyRef.optional":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.secretKeyRef.name":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.secretKeyRef.key":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.secretKeyRef.optional":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.fileKeyRef.volumeName":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.fileKeyRef.path":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.fileKeyRef.key":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.extraEnvs[].valueFrom.fileKeyRef.optional":
    "apiServer: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraArgs[].name":
    'controllerManager: { extraArgs: [{ name: v, value: "4" }] }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.controllerManager.extraArgs[].value":
    'controllerManager: { extraArgs: [{ name: v, value: "4" }] }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.controllerManager.extraVolumes[].name":
    "controllerManager: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraVolumes[].hostPath":
    "controllerManager: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraVolumes[].mountPath":
    "controllerManager: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraVolumes[].readOnly":
    "controllerManager: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraVolumes[].pathType":
    "controllerManager: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].name":
    "controllerManager: { extraEnvs: [{ name: A, value: a }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].value":
    "controllerManager: { extraEnvs: [{ name: A, value: a }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.fieldRef.apiVersion":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { apiVersion: v1, fieldPath: a } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.fieldRef.fieldPath":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { fieldPath: a } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.resourceFieldRef.containerName":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { containerName: a, resource: b } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.resourceFieldRef.resource":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.resourceFieldRef.divisor":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b, divisor: 1 } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.configMapKeyRef.name":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.configMapKeyRef.key":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.configMapKeyRef.optional":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.secretKeyRef.name":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.secretKeyRef.key":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.secretKeyRef.optional":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.fileKeyRef.volumeName":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.fileKeyRef.path":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.fileKeyRef.key":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.controllerManager.extraEnvs[].valueFrom.fileKeyRef.optional":
    "controllerManager: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraArgs[].name":
    'scheduler: { extraArgs: [{ name: v, value: "4" }] }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.scheduler.extraArgs[].value":
    'scheduler: { extraArgs: [{ name: v, value: "4" }] }\nnetworking: { podSubnet: 10.244.0.0/16 }',
  "ClusterConfiguration.scheduler.extraVolumes[].name":
    "scheduler: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraVolumes[].hostPath":
    "scheduler: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraVolumes[].mountPath":
    "scheduler: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraVolumes[].readOnly":
    "scheduler: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraVolumes[].pathType":
    "scheduler: { extraVolumes: [{ name: a, hostPath: /a, mountPath: /a, readOnly: true, pathType: File }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].name":
    "scheduler: { extraEnvs: [{ name: A, value: a }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].value":
    "scheduler: { extraEnvs: [{ name: A, value: a }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.fieldRef.apiVersion":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { apiVersion: v1, fieldPath: a } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.fieldRef.fieldPath":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { fieldRef: { fieldPath: a } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.resourceFieldRef.containerName":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { containerName: a, resource: b } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.resourceFieldRef.resource":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.resourceFieldRef.divisor":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { resourceFieldRef: { resource: b, divisor: 1 } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.configMapKeyRef.name":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.configMapKeyRef.key":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.configMapKeyRef.optional":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { configMapKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.secretKeyRef.name":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.secretKeyRef.key":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.secretKeyRef.optional":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: b, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.fileKeyRef.volumeName":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.fileKeyRef.path":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.fileKeyRef.key":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.scheduler.extraEnvs[].valueFrom.fileKeyRef.optional":
    "scheduler: { extraEnvs: [{ name: A, valueFrom: { fileKeyRef: { volumeName: a, path: b, key: c, optional: true } } }] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.apiServer.certSANs[]": "apiServer: { certSANs: [a] }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.dns.imageRepository": "dns: { imageRepository: registry.example.com }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.dns.imageTag": "dns: { imageTag: v1 }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.dns.disabled": "dns: { disabled: true }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.proxy.disabled": "proxy: { disabled: true }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.featureGates": "featureGates: { RootlessControlPlane: true }\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.encryptionAlgorithm": "encryptionAlgorithm: ECDSA-P256\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.certificateValidityPeriod": "certificateValidityPeriod: 100h\nnetworking: { podSubnet: 10.244.0.0/16 }",
  "ClusterConfiguration.caCertificateValidityPeriod": "caCertificateValidityPeriod: 10000h\nnetworking: { podSubnet: 10.244.0.0/16 }",
};
