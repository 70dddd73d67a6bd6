import { once } from "node:events";
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { openKube } from "../../src/kube/client.ts";
import type { Kube, KubeOptions } from "../../src/kube/types.ts";
import type { Authority } from "./certificates.ts";
import { type Tunnels, tunnelsTo } from "./tunnel.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly stream: ServerHttp2Stream;
}

type Handler = (asked: Asked) => void;

export interface LocalServer {
  readonly port: number;
  readonly tunnels: Tunnels;
  /** Requests so far: method and path. */
  readonly asked: readonly Asked[];
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  handle(handler: Handler): void;
  open(options?: Partial<KubeOptions>): Kube;
  close(): void;
}

/** Answers with JSON and ends. */
export const answer = ({ stream }: Asked, code: number, body: unknown, headers: Record<string, string> = {}): void => {
  stream.respond({ ":status": code, "content-type": "application/json", ...headers });
  stream.end(JSON.stringify(body));
};

/** A Status as the API server sends one. */
export const status = (code: number, reason: string, message: string): unknown => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  code,
  reason,
  message,
});

const nothingHere: Handler = (asked) => answer(asked, 404, status(404, "NotFound", "nothing here"));

/** A server that speaks TLS and HTTP/2 as an API server does and answers as the test says, for what a real one cannot be made to do. */
export const startLocalServer = async (authority: Authority, names = "DNS:kubernetes"): Promise<LocalServer> => {
  const { cert, key } = await authority.issue(`server-${names.replaceAll(/\W/g, "")}`, "/CN=kube-apiserver", names);
  const server = createSecureServer({ cert, key });
  const sessions = new Set<ServerHttp2Session>();
  const asked: Asked[] = [];
  let handler = nothingHere;
  server.on("session", (session) => {
    sessions.add(session.on("error", () => undefined));
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    let body = "";
    stream.setEncoding("utf8").on("data", (text: string) => (body += text));
    stream.on("end", () => {
      const request = { method: headers[":method"] ?? "", path: headers[":path"] ?? "", headers, body, stream };
      asked.push(request);
      handler(request);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const tunnels = tunnelsTo(address.port);
  return {
    port: address.port,
    tunnels,
    asked,
    sessions,
    handle: (next) => (handler = next),
    open: (options = {}) => openKube({ dial: tunnels.dial, serverName: "kubernetes", ca: authority.cert, describe: "cp1", ...options }),
    close: () => {
      sessions.forEach((session) => session.destroy());
      server.close();
    },
  };
};
