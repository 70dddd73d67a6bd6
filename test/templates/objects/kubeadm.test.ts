import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { KubeObject } from "../../../src/changes/change.ts";
import { bootstrapTokenSecret, clusterInfoObjects, nodeBootstrapObjects } from "../../../src/templates/objects/bootstrap.ts";
import { kubeadmConfigObjects, kubeletConfigObjects } from "../../../src/templates/objects/cluster-config.ts";
import { componentConfigMap } from "../../../src/templates/objects/component-config.ts";
import { coreDnsObjects } from "../../../src/templates/objects/coredns.ts";
import { kubeProxyObjects } from "../../../src/templates/objects/kube-proxy.ts";
import { type CaseName, caseNames, cases, imagesOf } from "../cases.ts";
import { plain } from "../plain.ts";
import { meaning, type Recorded, recorded } from "../recorded.ts";

const key = ({ kind, metadata }: Pick<Recorded, "kind" | "metadata">): string => `${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`;
const isHost = ({ kind }: Recorded): boolean => kind === "Pod" || kind === "KubeletConfiguration";

/** What the recording learned from its own run: the authority it made, and when its token ends. */
const learned = (name: CaseName) => {
  const info = recorded(name).find(({ metadata }) => metadata?.name === "cluster-info");
  const { clusters } = plain<{ clusters: { cluster: Record<string, string> }[] }>(parse(info?.data?.["kubeconfig"] ?? ""));
  const { "certificate-authority-data": ca = "", server = "" } = clusters[0]?.cluster ?? {};
  const secret = recorded(name).find(({ kind }) => kind === "Secret");
  const expires = new Date(Buffer.from(secret?.data?.["expiration"] ?? "", "base64").toString());
  return { ca: Buffer.from(ca, "base64").toString(), server, expires };
};

const objectsOf = (name: CaseName): readonly KubeObject[] => {
  const { component, coredns } = imagesOf(name);
  const { ca, server, expires } = learned(name);
  return [
    ...kubeadmConfigObjects(cases[name]),
    ...kubeletConfigObjects(cases[name]),
    bootstrapTokenSecret({ id: "abcdef", secret: "0123456789abcdef", expires }),
    ...nodeBootstrapObjects,
    ...clusterInfoObjects({ server, ca }),
    ...coreDnsObjects(cases[name], { image: coredns }),
    ...kubeProxyObjects(cases[name], { image: component("kube-proxy") }),
  ];
};

/** Quotes in a text that is YAML itself do not matter; in a Corefile, every character does. */
const readable = (object: Recorded): unknown => {
  const yaml = ["ClusterConfiguration", "kubeconfig"];
  const data = Object.entries(object.data ?? {}).map(([name, text]) => [
    name,
    yaml.includes(name) ? parse(text, { version: "1.1" }) : text,
  ]);
  return { ...object, data: Object.fromEntries(data) };
};

const isComponentConfig = ({ kind, metadata }: Pick<Recorded, "kind" | "metadata">): boolean =>
  kind === "ConfigMap" && ["kubelet-config", "kube-proxy"].includes(metadata?.name ?? "");

/** What kubeadm makes from 1.35.5 on, and kbs always: a control plane that a later tool joins has no rights without. */
const earlier = (name: CaseName): readonly string[] => (name === "1.35" ? ["ClusterRoleBinding /kubeadm:apiserver-kubelet-client"] : []);

describe.each(caseNames)("with the configuration of kubeadm-%s.yaml", (name) => {
  const ours = new Map(objectsOf(name).map((object) => [key(object), plain<Recorded>(object)]));
  const theirs = recorded(name).filter((object) => !isHost(object));

  test("the same objects are made, none missing and none besides", () => {
    expect([...ours.keys()].toSorted()).toEqual([...theirs.map(key), ...earlier(name)].toSorted());
  });

  test.each(theirs.filter((object) => !isComponentConfig(object)).map((object) => [key(object), object] as const))(
    "%s is field by field the one of kubeadm",
    (named, object) => {
      expect(meaning(readable(ours.get(named) ?? {}))).toEqual(meaning(readable(object)));
    },
  );

  test.each(theirs.filter(isComponentConfig).map((object) => [key(object), object] as const))(
    "%s is kubeadm's to the byte, and is signed when kubeadm's is",
    (named, object) => {
      const mine = ours.get(named) ?? {};
      expect(mine.data).toEqual(object.data);
      expect(meaning(mine.metadata)).toEqual(meaning(object.metadata));
    },
  );
});

test("what tokens sign in cluster-info is kubeadm's text to the byte", () => {
  const theirs = recorded("default").find(({ metadata }) => metadata?.name === "cluster-info");
  const { ca, server } = learned("default");
  expect(clusterInfoObjects({ ca, server })[0]).toHaveProperty("data.kubeconfig", theirs?.data?.["kubeconfig"]);
});

test("a token without an end has no expiration, one with a description tells it", () => {
  const { data } = bootstrapTokenSecret({ id: "abcdef", secret: "0123456789abcdef", description: "for the new rack" });
  expect(data).not.toHaveProperty("expiration");
  expect(data).toHaveProperty("description", Buffer.from("for the new rack").toString("base64"));
});

test.each(["kubelet-config", "kube-proxy"])("the signature of %s is the one that kubeadm computes from the same texts", (name) => {
  const theirs = recorded("default").find(({ kind, metadata }) => kind === "ConfigMap" && metadata?.name === name);
  const mine = componentConfigMap({ name, data: theirs?.data ?? {}, generated: true });
  expect(mine.metadata.annotations).toEqual(theirs?.metadata?.annotations);
});
