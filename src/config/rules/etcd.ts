import { type Finding, show } from "../problems.ts";
import { isEtcdHost } from "../roles.ts";
import { eachHost, type Rule, when } from "./rule.ts";

const etcd = ["spec", "etcd"] as const;

const isPlainFolder = (path: string): boolean => /^\/[\w./-]+$/.test(path) && !path.split("/").includes("..");

/** Folders which a reset must never empty. */
const shared = ["/", "/etc", "/var", "/var/lib", "/usr", "/home", "/root", "/opt", "/tmp", "/run", "/mnt", "/srv", "/boot"];

export const dataDir: Rule = ({ file }) => {
  const path = file.spec?.etcd?.dataDir;
  if (path === undefined) return [];
  const at = [...etcd, "dataDir"];
  if (!isPlainFolder(path) && path !== "/")
    return [{ path: at, message: `${show(path)} is not an absolute path`, hint: "/var/lib/etcd, say" }];
  return when(shared.includes(path.replace(/(.)\/+$/, "$1")), {
    path: at,
    message: `${path} is not etcd's alone`,
    hint: `${path.replace(/\/+$/, "")}/etcd, say`,
  });
};

/** kubeadm's rules: certificate and key go together, need a CA, and then the endpoints are https. */
export const externalEtcd: Rule = ({ file, intact }) => {
  const external = file.spec?.etcd?.external;
  const path = [...etcd, "external"];
  if (external === undefined || !intact(path)) return [];
  const { caFile, certFile, keyFile, endpoints = [] } = external;
  const files = { caFile, certFile, keyFile };
  return [
    ...when(endpoints.length === 0, { path, at: "key", message: "has no endpoints", hint: "endpoints: [https://10.0.0.31:2379]" }),
    ...when((certFile === undefined) !== (keyFile === undefined), { path, at: "key", message: "certFile and keyFile go together" }),
    ...when(certFile !== undefined && caFile === undefined, { path, at: "key", message: "certFile needs caFile" }),
    ...endpoints.flatMap((url, index): Finding[] => {
      const scheme = /^(https?):\/\/[^/]+:\d+$/.exec(url)?.[1];
      const at = [...path, "endpoints", index];
      if (scheme === undefined)
        return [{ path: at, message: `${show(url)} is not a client URL of etcd`, hint: "https://10.0.0.31:2379, say" }];
      return when(scheme === "http" && certFile !== undefined, {
        path: at,
        message: `${show(url)} must be https, since there is a certificate`,
      });
    }),
    ...Object.entries(files).flatMap(([key, certificate]) =>
      when(certificate !== undefined && !isPlainFolder(certificate), {
        path: [...path, key],
        message: `${show(certificate)} is not an absolute path`,
      }),
    ),
  ];
};

export const externalMatchesMode: Rule = ({ file, cluster, intact }) => {
  const written = file.spec?.etcd;
  if (!intact(etcd)) return [];
  return [
    ...when(cluster.etcd.mode === "external" && written?.external === undefined, {
      path: [...etcd, "mode"],
      message: "mode external needs spec.etcd.external",
    }),
    ...when(cluster.etcd.mode !== "external" && written?.external !== undefined, {
      path: [...etcd, "external"],
      at: "key",
      message: `is only for mode external, not ${cluster.etcd.mode}`,
    }),
  ];
};

/** What etcd hosts are: there are some, they run nothing else, and what is a node's they have not. */
export const etcdRoles: Rule = (view) => {
  const { mode } = view.cluster.etcd;
  const has = view.cluster.hosts.some(isEtcdHost);
  return [
    ...when(mode === "dedicated" && !has, { path: [...etcd, "mode"], message: "mode dedicated needs hosts with role etcd" }),
    ...eachHost(view, (host, path) => {
      const { roles = [] } = host;
      if (!roles.includes("etcd")) return [];
      const ofNodes = (["labels", "taints"] as const).filter((key) => Object.keys(host[key] ?? {}).length > 0);
      return [
        ...when(mode !== "dedicated", {
          path: [...path, "roles"],
          message: `the role etcd is for etcd mode dedicated, not ${mode}`,
          hint: mode === "stacked" ? "write spec.etcd.mode: dedicated; stacked etcd runs on the control planes" : undefined,
        }),
        ...when(roles.length > 1, {
          path: [...path, "roles"],
          message: "a host with the role etcd runs nothing else",
          hint: "for etcd on the control planes use mode stacked",
        }),
        ...ofNodes.map(
          (key): Finding => ({ path: [...path, key], at: "key", message: `${key} are a node's, and a host with the role etcd is none` }),
        ),
      ];
    }),
  ];
};
