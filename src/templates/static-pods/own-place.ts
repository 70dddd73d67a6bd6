import type { Cluster, ClusterHost } from "../../config/types.ts";
import { hostPortOf } from "../../shared/names.ts";
import { lastValue } from "../args.ts";
import { clientPort, localhost } from "./etcd-urls.ts";

/** Where a component is asked from its own host. */
export interface OwnPlace {
  readonly at: string;
  readonly port: number;
}

/** One that listens at all addresses is asked by the loopback. */
export const dialled = (bindAddress = ""): string => (["", "0.0.0.0", "::", "[::]"].includes(bindAddress) ? "127.0.0.1" : bindAddress);

/** An API server that was told an address listens at no other. An extra argument is for all of a cluster's. */
export const ownApiServer = ({ kubernetes: { apiServer } }: Pick<Cluster, "kubernetes">): OwnPlace => ({
  at: dialled(lastValue(apiServer.extraArgs, "bind-address")),
  port: apiServer.bindPort,
});

/** Of the URLs at which a member of etcd serves: by the loopback where it listens there, too. Undefined where none is https. */
export const ownPlaceIn = (urls: string): OwnPlace | undefined => {
  const found = urls.split(",").filter((url) => url.startsWith("https:") && URL.canParse(url));
  const url = found.find((candidate) => /\/(?:127\.0\.0\.1|\[::1\]):/.test(candidate)) ?? found[0];
  if (url === undefined) return undefined;
  const { host, port } = hostPortOf(new URL(url));
  return { at: dialled(host), port };
};

/** A member of etcd, which an extra argument may tell to serve its clients elsewhere than kubeadm and kbs have it. */
export const ownEtcd = ({ etcd }: Pick<Cluster, "etcd">, { internalAddress }: Pick<ClusterHost, "internalAddress">): OwnPlace =>
  ownPlaceIn(lastValue(etcd.extraArgs, "listen-client-urls") ?? "") ?? { at: localhost(internalAddress), port: clientPort };
