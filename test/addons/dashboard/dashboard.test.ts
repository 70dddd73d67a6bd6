import { describe, expect, test } from "vitest";
import { dashboard } from "../../../src/addons/dashboard/index.ts";
import { changeId } from "../../../src/changes/change.ts";
import { cluster, cp1, w1 } from "../../templates/cluster.ts";
import { plain } from "../../templates/plain.ts";
import { containersOf, podSpecOf } from "../../templates/pods.ts";
import { faultsOf } from "../../templates/well-formed.ts";

const made = { server: { certificate: "CERTIFICATE", key: "KEY" } };
const objects = (values = {}, of = cluster) => dashboard.objects(of, values, made);
const find = (kind: string, values = {}) => objects(values).find((object) => object.kind === kind) ?? expect.fail(`no ${kind}`);

test.each(objects().map((object) => [changeId({ kind: "object", object }), object] as const))(
  "%s is one that server-side apply takes",
  (_, object) => {
    expect(faultsOf(object)).toEqual([]);
  },
);

const template = (certificate: string): unknown => {
  const renewed = { server: { certificate, key: "KEY" } };
  return dashboard.objects(cluster, {}, renewed).find(({ kind }) => kind === "Deployment")?.["spec"];
};

describe("the server", () => {
  test("speaks TLS with the certificate that was made, from where its Secret is mounted", () => {
    const { data } = plain<{ data: Record<string, string> }>(find("Secret"));
    expect(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, "base64").toString()])).toEqual([
      ["tls.crt", "CERTIFICATE"],
      ["tls.key", "KEY"],
    ]);
    const [container] = containersOf(find("Deployment"));
    expect(container?.args).toEqual(expect.arrayContaining(["-tls-cert-path=/certs/tls.crt", "-tls-key-path=/certs/tls.key"]));
    expect(container?.volumeMounts).toEqual([{ name: "certificates", mountPath: "/certs", readOnly: true }]);
    expect(podSpecOf(find("Deployment")).volumes).toMatchObject([{ secret: { secretName: find("Secret").metadata.name } }]);
  });

  test("starts anew with a new certificate, and only then", () => {
    expect(template("CERTIFICATE")).toEqual(template("CERTIFICATE"));
    expect(template("RENEWED")).not.toEqual(template("CERTIFICATE"));
  });

  test("has no rights of its own; only admin-user is an administrator", () => {
    const bindings = objects().filter(({ kind }) => kind.endsWith("Binding"));
    expect(bindings).toHaveLength(1);
    expect(bindings[0]).toMatchObject({
      roleRef: { name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", name: "admin-user", namespace: "kubernetes-dashboard" }],
    });
    expect(podSpecOf(find("Deployment")).serviceAccountName).toBe("headlamp");
  });

  test("answers on port 30443 of every node unless another is named", () => {
    expect(find("Service")).toMatchObject({ spec: { type: "NodePort", ports: [{ port: 443, nodePort: 30_443, targetPort: "https" }] } });
    expect(find("Service", { nodePort: 31_000 })).toMatchObject({ spec: { ports: [{ nodePort: 31_000 }] } });
  });
});

describe("values", () => {
  test.each([
    [{ nodeport: 31_000 }, 'add-on dashboard: it has no value "nodeport"'],
    [{ nodePort: "31000" }, 'add-on dashboard: nodePort must be a whole number from 1 to 65535, not "31000"'],
    [{ nodePort: 0 }, "add-on dashboard: nodePort must be a whole number from 1 to 65535, not 0"],
  ])("%j are refused with what would be right", (values, message) => {
    expect(() => objects(values)).toThrow(message);
  });
});

test("its certificate names every node by all its names, the endpoint, and the Service; what cannot stand in a certificate is left out", () => {
  const hosts = [
    { ...cp1, address: "203.0.113.7" },
    { ...w1, address: "my_host" },
  ];
  expect(dashboard.certificates({ ...cluster, hosts })).toMatchObject([
    {
      name: "server",
      commonName: "headlamp",
      sans: [
        "headlamp.kubernetes-dashboard.svc",
        "headlamp.kubernetes-dashboard.svc.cluster.local",
        "10.0.0.11",
        "cp1",
        "203.0.113.7",
        "w1",
        "10.0.0.21",
        "localhost",
        "127.0.0.1",
      ],
    },
  ]);
});

test("its image comes from the repository of the cluster where one is set", () => {
  expect(dashboard.images(cluster)).toEqual(["ghcr.io/headlamp-k8s/headlamp:v0.45.0"]);
  expect(dashboard.images({ ...cluster, supply: { ...cluster.supply, imageRepository: "registry.example.com/k8s" } })).toEqual([
    "registry.example.com/k8s/headlamp:v0.45.0",
  ]);
});
