import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../../../src/changes/change.ts";
import { openLine } from "./line.ts";
import { mergePatch } from "./merge.ts";
import type { Place, Store, Stored } from "./store.ts";

/** Milliseconds that the server takes for a request, the way there and back not counted. */
const serviceTime = 3;

export interface ApiIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who signs clients. */
  readonly ca: Buffer;
}

export interface SimulatedApi {
  /** A connection as from the control plane itself. */
  readonly dial: () => Duplex;
  /** Of Kubernetes, with the leading v. */
  readonly version: string;
  /** Checks of /readyz that still fail. */
  notReady: readonly string[];
  /** Requests so far. */
  readonly requests: () => number;
  readonly close: () => void;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly stream: ServerHttp2Stream;
}

const respond = ({ stream }: Asked, code: number, body: unknown, type = "application/json"): void => {
  stream.respond({ ":status": code, "content-type": type });
  stream.end(typeof body === "string" ? body : JSON.stringify(body));
};

const refuse = (asked: Asked, code: number, reason: string): void =>
  respond(asked, code, {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code,
    reason,
    message: `${asked.method} ${asked.path}: ${reason}`,
  });

/** `/api/v1/namespaces/kube-system/pods/coredns` and shorter ones. */
const resourcePath = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/;

interface Target extends Omit<Place, "name"> {
  readonly name: string | undefined;
}

const targetOf = (path: string): Target | undefined => {
  const [, root, namespace, plural, name] = resourcePath.exec(path) ?? [];
  return root === undefined || plural === undefined ? undefined : { collection: `${root}/${plural}`, namespace, name };
};

const matches = (object: Stored, query: URLSearchParams): boolean => {
  const labels = query.get("labelSelector")?.split(",") ?? [];
  const fields = query.get("fieldSelector")?.split(",") ?? [];
  const isLabelled = labels.every((pair) => object.metadata.labels?.[pair.split("=")[0] ?? ""] === pair.split("=")[1]);
  return isLabelled && fields.every((pair) => fieldOf(object, pair.split("=")[0] ?? "") === pair.split("=")[1]);
};

const fieldOf = (object: Stored, path: string): unknown => {
  if (path === "metadata.name") return object.metadata.name;
  return path === "type" ? object["type"] : undefined;
};

const watch = (store: Store, asked: Asked, { collection, namespace }: Target): void => {
  const { stream, query } = asked;
  const send = (line: string): boolean => !stream.destroyed && stream.write(line);
  stream.respond({ ":status": 200, "content-type": "application/json" });
  const gone = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" } };
  const stop = store.watch(collection, Number(query.get("resourceVersion") ?? 0), ({ object, line }) => {
    if ((namespace === undefined || object.metadata.namespace === namespace) && matches(object, query)) send(line());
  });
  if (!stop) {
    send(`${JSON.stringify(gone)}\n`);
    stream.end();
    return;
  }
  stream.once("close", stop);
};

const read = (store: Store, asked: Asked, target: Target): void => {
  const { collection, namespace, name } = target;
  if (name !== undefined) {
    const object = store.get({ collection, namespace, name });
    return object ? respond(asked, 200, object) : refuse(asked, 404, "NotFound");
  }
  if (asked.query.get("watch") === "true") return watch(store, asked, target);
  const items = store.list(collection, namespace).filter((object) => matches(object, asked.query));
  respond(asked, 200, { items, metadata: { resourceVersion: String(store.version()) } });
};

const change = (store: Store, asked: Asked, place: Place, body: KubeObject): void => {
  const before = store.get(place);
  if (asked.headers["content-type"] === "application/apply-patch+yaml")
    return respond(asked, before ? 200 : 201, store.apply(place, body, asked.query.get("dryRun") === "All"));
  if (!before) return refuse(asked, 404, "NotFound");
  const { resourceVersion } = body.metadata ?? {};
  if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) return refuse(asked, 409, "Conflict");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a merge of objects is one
  respond(asked, 200, store.put(place, mergePatch(before, body) as KubeObject));
};

const handle = (store: Store, asked: Asked, target: Target): void => {
  const { collection, namespace, name } = target;
  if (asked.method === "GET") return read(store, asked, target);
  if (asked.method === "DELETE" && name !== undefined)
    return store.remove({ collection, namespace, name }) ? respond(asked, 200, {}) : refuse(asked, 404, "NotFound");
  const body: KubeObject = JSON.parse(asked.body);
  if (asked.method === "PATCH" && name !== undefined) return change(store, asked, { collection, namespace, name }, body);
  if (asked.method !== "POST") return refuse(asked, 405, "MethodNotAllowed");
  const place = { collection, namespace, name: body.metadata.name };
  return store.get(place) ? refuse(asked, 409, "AlreadyExists") : respond(asked, 201, store.put(place, body));
};

const answer = async (store: Store, api: SimulatedApi, asked: Asked): Promise<void> => {
  await sleep(serviceTime);
  if (asked.stream.destroyed || asked.stream.closed) return;
  if (asked.path === "/readyz") {
    const failing = api.notReady.map((check) => `[-]${check} failed: reason withheld\n`).join("");
    return respond(asked, failing === "" ? 200 : 500, failing === "" ? "ok" : failing, "text/plain");
  }
  if (asked.path === "/version") return respond(asked, 200, { major: "1", minor: "36", gitVersion: api.version });
  const target = targetOf(asked.path);
  if (target) handle(store, asked, target);
  else refuse(asked, 404, "NotFound");
};

/** Speaks HTTP/2 over TLS with the certificate that kbs has made, to clients that its CA has signed: whoever dials meets the real protocol. */
export const serveApi = (store: Store, { cert, key, ca }: ApiIdentity, version: string): SimulatedApi => {
  const server = createSecureServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
  const sessions = new Set<ServerHttp2Session>();
  let requests = 0;
  server.on("session", (session) => {
    sessions.add(session.on("error", () => undefined));
    session.once("close", () => sessions.delete(session));
  });
  const api: SimulatedApi = {
    dial: () => {
      const [near, far] = openLine();
      for (const end of [near, far]) end.on("error", () => undefined);
      server.emit("connection", far);
      return near;
    },
    version,
    notReady: [],
    requests: () => requests,
    close: () => sessions.forEach((session) => session.destroy()),
  };
  server.on("stream", (stream, headers) => {
    requests++;
    stream.on("error", () => undefined);
    let body = "";
    stream.setEncoding("utf8").on("data", (text: string) => (body += text));
    stream.on("end", () => {
      const [path = "", query = ""] = (headers[":path"] ?? "").split("?");
      void answer(store, api, { method: headers[":method"] ?? "", path, query: new URLSearchParams(query), headers, body, stream });
    });
  });
  return api;
};
