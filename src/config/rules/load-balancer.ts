import { addressFamily, contains, parseCidrs } from "../../shared/ip.ts";
import { type Finding, show } from "../problems.ts";
import { isControlPlane } from "../roles.ts";
import type { Cluster } from "../types.ts";
import { type Rule, type View, when } from "./rule.ts";

const endpoint = ["spec", "controlPlaneEndpoint"] as const;
const chosen = ["spec", "loadBalancer"] as const;

/** The port is wrong wherever it was written; where it was not, it is the API server's. */
const samePort = ({ cluster }: View, why: string): Finding[] => {
  const { port } = cluster.controlPlaneEndpoint;
  const { bindPort } = cluster.kubernetes.apiServer;
  return when(port !== bindPort, {
    path: endpoint,
    at: "key",
    message: `port ${port} is not the API server's, which is ${bindPort}: ${why}`,
    hint: "make it the same, or set spec.kubernetes.apiServer.bindPort",
  });
};

const ownerOf = ({ hosts }: Cluster, host: string) =>
  hosts.find(({ name, address, internalAddress }) => [name, address, internalAddress].includes(host));

/** The endpoint must be a name, of nobody: it means another machine on each node. */
const judgeProxies = (view: View): Finding[] => {
  const { host } = view.cluster.controlPlaneEndpoint;
  const wayOut = `write a name, or leave controlPlaneEndpoint out: it is lb.${view.cluster.name}.${view.cluster.kubernetes.dnsDomain} then`;
  const owner = ownerOf(view.cluster, host);
  const isAddress = addressFamily(host) !== undefined;
  return [
    ...when(isAddress, {
      path: endpoint,
      at: "key",
      message: `${show(host)} is an address: with haproxy the endpoint is a name, which on each worker means its own proxy`,
      hint: wayOut,
    }),
    ...when(!isAddress && (owner !== undefined || host === "localhost"), {
      path: endpoint,
      at: "key",
      message: `${show(host)} is ${owner === undefined ? "every machine's own name" : `the host ${owner.name}`}: with haproxy the endpoint means another machine on each node`,
      hint: wayOut,
    }),
    ...samePort(view, "with haproxy, the endpoint on a control plane is the machine itself"),
  ];
};

const notTried: Finding = {
  path: chosen,
  severity: "warning",
  message: "no bundle has kube-vip: each control plane pulls its image, and until it runs there, nobody has the endpoint's address",
  hint: "kbs has been tried with its manifest only; haproxy needs no registry",
};

/** The endpoint must be an address that nobody has: kube-vip gives it to one control plane at a time. */
const judgeVip = (view: View): Finding[] => {
  const { cluster, file } = view;
  const { host } = cluster.controlPlaneEndpoint;
  const hint = "a free address of the control planes' network";
  if (file.spec?.controlPlaneEndpoint === undefined || addressFamily(host) === undefined) {
    const message = "kube-vip needs an address for spec.controlPlaneEndpoint.host";
    return [{ path: file.spec?.controlPlaneEndpoint === undefined ? chosen : endpoint, at: "key", message, hint }];
  }
  const owner = ownerOf(cluster, host);
  const { podSubnet, serviceSubnet } = cluster.kubernetes;
  const subnet = Object.entries({ podSubnet, serviceSubnet }).find(([, text]) => parseCidrs(text).some((cidr) => contains(cidr, host)));
  const wrong = [
    ...when(owner !== undefined, {
      path: endpoint,
      at: "key",
      message: `${host} is the host ${owner?.name}: kube-vip moves the endpoint's address from one control plane to another`,
      hint,
    }),
    ...when(subnet !== undefined, { path: endpoint, at: "key", message: `${host} lies in ${subnet?.join(" ")}`, hint }),
    ...samePort(view, "kube-vip moves an address, and no port"),
  ];
  return wrong.length > 0 ? wrong : [notTried];
};

/** Several control planes, and all workers go through one of them. */
const judgeNone = ({ cluster }: View): Finding[] => {
  const owner = ownerOf(cluster, cluster.controlPlaneEndpoint.host);
  const members = cluster.hosts.filter(isControlPlane);
  return when(owner !== undefined && members.length > 1, {
    path: chosen,
    at: "key",
    severity: "warning",
    message: `the endpoint is ${owner?.name} alone: while it is away, no worker reaches the other control planes`,
    hint: "set spec.loadBalancer: haproxy, or name a load balancer of your own by spec.controlPlaneEndpoint",
  });
};

/** What the chosen load balancer asks of the endpoint. */
export const loadBalancer: Rule = (view) => {
  if (!view.intact(endpoint) || !view.intact(["spec", "hosts"])) return [];
  if (view.cluster.loadBalancer === "haproxy") return judgeProxies(view);
  return view.cluster.loadBalancer === "kube-vip" ? judgeVip(view) : judgeNone(view);
};
