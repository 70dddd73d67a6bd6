import type { X509Certificate } from "node:crypto";
import type { Evidence } from "../../../src/diagnose/evidence.ts";
import { expiring, foreignCa, namesOf, tomorrow } from "../certificates.ts";
import etcdGone from "../recorded/etcd-gone.json" with { type: "json" };
import portTaken from "../recorded/port-taken.json" with { type: "json" };
import { container, edited, evidenceOf, type Scene, withEtcdHost } from "../scene.ts";
import type { Case } from "./case.ts";

const withCertificate = (path: string, certificate: X509Certificate, spec: Scene["spec"] = {}): Evidence => {
  const evidence = evidenceOf({ spec });
  const replace = (one: Evidence["hosts"][number]): Evidence["hosts"][number] => {
    const files = new Map([...one.certificates.files, [path, [certificate]] as const]);
    return { ...one, certificates: { ...one.certificates, files } };
  };
  return { ...evidence, hosts: evidence.hosts.map((one) => (one.host.name === "h1" ? replace(one) : one)) };
};

const pki = "/etc/kubernetes/pki";
const apiserver = `${pki}/apiserver.crt`;
const kubeletClient = "/var/lib/kubelet/pki/kubelet-client-current.pem";
const kubeletServing = "/var/lib/kubelet/pki/kubelet.crt";
const administrators = `${pki}/oidc-ca.crt`;
const etcdServer = `${pki}/etcd/server.crt`;
const etcdClient = `${pki}/apiserver-etcd-client.crt`;
const externalEtcd = { etcd: { mode: "external", external: { endpoints: ["https://10.77.0.21:2379"], certFile: etcdClient } } };

const fsync = (p99: string): string =>
  `{"health":"true","reason":""}\netcd_disk_wal_fsync_duration_seconds_bucket{le="0.008"} 20\netcd_disk_wal_fsync_duration_seconds_bucket{le="${p99}"} 5000\netcd_disk_wal_fsync_duration_seconds_count 5000\netcd_server_has_leader 1\netcd_server_leader_changes_seen_total 9\n`;

const withEtcd = (text: string, log: readonly string[] = []) => ({
  h1: { etcdHealth: text, ...container("h1", "etcd", { running: true, attempt: 0, log }) },
});

export const controlPlaneCases: readonly Case[] = [
  {
    rule: "port-taken",
    on: "h1",
    says: "kube-scheduler needs port 10259/tcp, which socat (pid 4243) holds",
    speaks: evidenceOf({ h1: portTaken.h1 }),
    silent: evidenceOf({ h1: edited("h1", "listeners", /$/, 'tcp LISTEN 0 5 0.0.0.0:8080 0.0.0.0:* users:(("socat",pid=1,fd=5))\n') }),
  },
  {
    rule: "component-flag",
    on: "h1",
    says: "kube-apiserver does not start: it refuses its flag --no-such-flag",
    speaks: evidenceOf({ h1: container("h1", "kube-apiserver", { log: ["Error: unknown flag: --no-such-flag"] }), api: null }),
    silent: evidenceOf({ h1: container("h1", "kube-apiserver", { running: true, log: ["Error: unknown flag: --no-such-flag"] }) }),
  },
  {
    rule: "component-crash",
    on: "h1",
    says: "kube-controller-manager ends again and again (4 restarts)",
    speaks: evidenceOf({
      h1: container("h1", "kube-controller-manager", {
        log: [
          'E0101 10:00:00.0 1 run.go:72] "command failed" err="stat /etc/kubernetes/controller-manager.conf: no such file or directory"',
        ],
      }),
    }),
    silent: evidenceOf({ h1: container("h1", "kube-controller-manager", { running: true, log: ["I0101 leaderelection lost"] }) }),
  },
  {
    rule: "api-server-without-etcd",
    on: "h1",
    says: "etcd.yaml is not there",
    speaks: evidenceOf({ h1: { ...etcdGone.h1, etcdHealth: "" }, api: null }),
    silent: evidenceOf({
      h1: container("h1", "kube-apiserver", {
        running: true,
        attempt: 1,
        log: [
          'W0101 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: "127.0.0.1:2379"}. Err: connection error: connection refused',
        ],
      }),
    }),
  },
  {
    rule: "etcd-slow-disk",
    on: "h1",
    says: "takes 1024 ms or longer",
    speaks: evidenceOf(withEtcd(fsync("1.024"))),
    silent: evidenceOf(withEtcd(fsync("0.064"), ["slow fdatasync"])),
  },
  {
    rule: "etcd-no-quorum",
    on: "h1",
    says: "etcd has no leader",
    speaks: evidenceOf(withEtcd('{"health":"false","reason":"RAFT NO LEADER"}\netcd_server_has_leader 0\n')),
    silent: evidenceOf(withEtcd('{"health":"true","reason":""}\netcd_server_has_leader 1\n', ["etcdserver: no leader"])),
  },
  {
    rule: "etcd-alarm",
    on: "h1",
    says: "etcd's database is full (2 GiB of 2 GiB)",
    speaks: evidenceOf(
      withEtcd(
        '{"health":"false","reason":"ALARM NOSPACE"}\netcd_mvcc_db_total_size_in_bytes 2.147e+09\netcd_server_quota_backend_bytes 2.147483648e+09\n',
      ),
    ),
    silent: evidenceOf(withEtcd('{"health":"true","reason":""}\netcd_mvcc_db_total_size_in_bytes 2.1e+09\n')),
  },
  {
    rule: "etcd-stopped",
    on: "h2",
    says: "etcd does not run (activating, exit-code)",
    speaks: evidenceOf(withEtcdHost("activating auto-restart exit-code", ['{"level":"fatal","msg":"failed to find data"}'])),
    silent: evidenceOf(withEtcdHost("active running success", ['{"level":"error","msg":"a moment ago"}'])),
  },
  {
    rule: "etcd-other-cluster",
    on: "h1",
    says: "etcd does not start with the data in /var/lib/etcd",
    speaks: evidenceOf({
      h1: container("h1", "etcd", {
        log: ['{"level":"fatal","msg":"discovery failed","error":"member 8e9e05c52164694d has already been bootstrapped"}'],
      }),
    }),
    silent: evidenceOf({ h1: container("h1", "etcd", { running: true, log: ['{"level":"warn","msg":"request cluster ID mismatch"}'] }) }),
  },
  {
    rule: "certificate-expired",
    on: "h1",
    says: "apiserver.crt expired on",
    speaks: withCertificate(apiserver, expiring(-1)),
    silent: withCertificate(apiserver, expiring(1)),
  },
  {
    rule: "certificate-expired",
    on: "h1",
    says: "kubelet-client-current.pem expired on",
    speaks: withCertificate(kubeletClient, expiring(-1)),
    silent: withCertificate(kubeletServing, expiring(-1)),
  },
  {
    rule: "certificate-expired",
    on: "h1",
    says: "admin.conf expired on",
    speaks: withCertificate("/etc/kubernetes/admin.conf", expiring(-1)),
    silent: withCertificate(administrators, expiring(-1)),
  },
  {
    rule: "certificate-expired",
    on: "h1",
    says: "apiserver-etcd-client.crt expired on",
    speaks: withCertificate(etcdClient, expiring(-1)),
    silent: withCertificate(etcdClient, expiring(-1), externalEtcd),
  },
  {
    rule: "certificate-not-yet-valid",
    on: "h1",
    says: "is not valid before",
    speaks: withCertificate(apiserver, tomorrow),
    silent: withCertificate(apiserver, expiring(1)),
  },
  {
    rule: "certificate-not-yet-valid",
    on: "h1",
    says: "front-proxy-ca.crt is not valid before",
    speaks: withCertificate(`${pki}/front-proxy-ca.crt`, tomorrow),
    silent: withCertificate(administrators, tomorrow),
  },
  {
    rule: "certificate-wrong-ca",
    on: "h1",
    says: "but not by the key of /etc/kubernetes/pki/ca.crt",
    speaks: withCertificate(apiserver, foreignCa),
    silent: evidenceOf({}),
  },
  {
    rule: "certificate-wrong-ca",
    on: "h1",
    says: "but not by the key of /etc/kubernetes/pki/front-proxy-ca.crt",
    speaks: withCertificate(`${pki}/front-proxy-client.crt`, foreignCa),
    silent: withCertificate(administrators, foreignCa),
  },
  {
    rule: "certificate-wrong-ca",
    on: "h1",
    says: "but not by the key of /etc/kubernetes/pki/etcd/ca.crt",
    speaks: withCertificate(etcdClient, foreignCa),
    silent: withCertificate(etcdClient, foreignCa, externalEtcd),
  },
  {
    rule: "certificate-wrong-ca",
    on: "h1",
    says: "kubelet-client-current.pem was signed by CN=kubernetes, but not by the key of /etc/kubernetes/pki/ca.crt",
    speaks: withCertificate(kubeletClient, foreignCa),
    silent: withCertificate(kubeletServing, foreignCa),
  },
  {
    rule: "certificate-name-missing",
    on: "h1",
    says: "does not speak for 10.77.0.11",
    speaks: withCertificate(apiserver, namesOf("10.9.9.9")),
    silent: withCertificate(apiserver, namesOf("10.77.0.11")),
  },
  {
    rule: "certificate-name-missing",
    on: "h1",
    says: "etcd/server.crt does not speak for 10.77.0.11",
    speaks: withCertificate(etcdServer, namesOf("10.9.9.9")),
    silent: withCertificate(etcdServer, namesOf("10.9.9.9"), externalEtcd),
  },
];
