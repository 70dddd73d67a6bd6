import type { Found } from "../../src/actions/join/discover.ts";
import type { Served } from "../kube/serve.ts";

/** What a machine that is to join has found of this server. */
export const foundAt = ({ server, authority }: Pick<Served, "server" | "authority">): Found => ({
  endpoint: { host: "127.0.0.1", port: server.port },
  ca: authority.cert,
  localAddress: "127.0.0.1",
  token: "abcdef.0123456789abcdef",
});
