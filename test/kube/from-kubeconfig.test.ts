import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { openKubeOn } from "../../src/kube/from-kubeconfig.ts";
import { issue, textOf } from "../pki/support.ts";
import { tunnelsTo } from "./tunnel.ts";

test("the API is reached through the host's door, where it listens, as the user of the kubeconfig", async () => {
  const files = await issue();
  const users: string[] = [];
  const server = createSecureServer({
    cert: textOf(files, "apiserver.crt"),
    key: textOf(files, "apiserver.key"),
    ca: textOf(files, "ca.crt"),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on("secureConnection", (socket: TLSSocket) => users.push(String(socket.getPeerCertificate().subject.CN)));
  server.on("stream", (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/json" });
    stream.end(JSON.stringify({ gitVersion: "v1.36.3" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const tunnels = tunnelsTo(address.port);
  const dialled: string[] = [];
  const door = {
    name: "cp1",
    dial: (host: string, port: number) => {
      dialled.push(`${host}:${port}`);
      return tunnels.dial();
    },
  };
  const kube = openKubeOn({ door, at: "10.0.0.12", port: 6443, address: "10.0.0.11" }, textOf(files, "admin.conf"));
  onTestFinished(() => {
    kube?.close();
    tunnels.cut();
    server.close();
  });
  expect(await kube?.raw("GET", "/version")).toEqual({ gitVersion: "v1.36.3" });
  expect(dialled).toEqual(["10.0.0.12:6443"]);
  expect(users).toEqual(["kubernetes-admin"]);
});

test("a kubeconfig without a client certificate opens nothing", () => {
  const door = { name: "cp1", dial: () => Promise.reject(new Error("not to be dialled")) };
  expect(openKubeOn({ door, at: "127.0.0.1", port: 6443, address: "10.0.0.11" }, "")).toBeUndefined();
});
