import { addressFamily } from "../../shared/ip.ts";
import { isHost, splitHostPort } from "../../shared/names.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { addressHint } from "./addresses.ts";
import { type Rule, when } from "./rule.ts";

const path = ["spec", "controlPlaneEndpoint"] as const;

const isPort = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;

/** An endpoint as text: `host`, `host:port`, `[v6]:port`. */
export const judgeEndpoint = (path: Path, text: string): Finding[] => {
  if (/^[a-z]+:\/\//i.test(text)) return [{ path, message: `${show(text)} is a URL`, hint: "write host:port" }];
  const { host, port } = splitHostPort(text);
  const bare = addressFamily(text) === undefined && /^[^[]*:.*:/.test(text);
  if (bare || !isHost(host)) {
    const hint = bare ? "an IPv6 address with a port needs brackets: [fd00::1]:6443" : addressHint(host);
    return [{ path, message: `${show(text)} is not host:port`, hint }];
  }
  return when(port !== undefined && !isPort(port), { path, message: `${show(port)} is not a port`, hint: "from 1 to 65535" });
};

/** The endpoint is an IP address or a DNS name. One that no DNS knows is written into the hosts files where kbs brings the load balancer. */
export const endpointForm: Rule = ({ file }) => {
  const written = file.spec?.controlPlaneEndpoint;
  if (written === undefined) return [];
  if (typeof written === "string") return judgeEndpoint(path, written);
  const { host } = written;
  if (host === undefined || isHost(host)) return [];
  const hint = splitHostPort(host).port === undefined ? addressHint(host) : "the port belongs into controlPlaneEndpoint.port";
  return [{ path: [...path, "host"], message: `${show(host)} is not an IP address or a DNS name`, hint }];
};

/** Without a load balancer an address leads to one machine, and it must be one with an API server. */
export const endpointIsControlPlane: Rule = ({ file, cluster, intact }) => {
  const { host, port } = cluster.controlPlaneEndpoint;
  const { bindPort } = cluster.kubernetes.apiServer;
  if (file.spec?.controlPlaneEndpoint === undefined || addressFamily(host) === undefined || !intact(["spec", "hosts"])) return [];
  if (cluster.loadBalancer !== "none") return [];
  const owner = cluster.hosts.find(({ address, internalAddress }) => address === host || internalAddress === host);
  if (owner === undefined) return [];
  return [
    ...when(!owner.roles.includes("control-plane"), {
      path,
      at: "key",
      message: `${host} is the host ${owner.name}, which is no control plane`,
    }),
    ...when(owner.roles.includes("control-plane") && port !== bindPort, {
      path,
      at: "key",
      message: `port ${port} of ${owner.name} is not the API server's, which is ${bindPort}`,
      hint: "make it the same, or set spec.kubernetes.apiServer.bindPort",
    }),
  ];
};
