import type { Cluster } from "../../config/types.ts";
import { lastValue } from "../args.ts";

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
