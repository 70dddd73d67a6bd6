import { parseGoDuration } from "../../../shared/go-duration.ts";
import { nearest } from "../../../shared/nearest.ts";
import { didYouMean, type Finding, oneOf, show } from "../../problems.ts";
import { kubeadmGates, releases, supportedMinors } from "../../releases.ts";
import { judgeNames } from "../../rules/certificates.ts";
import { judgeEndpoint } from "../../rules/endpoint.ts";
import { judgeRepository } from "../../rules/supply.ts";
import type { Path } from "../../schema.ts";
import { minorOf, parseVersion } from "../../versions.ts";
import type { ClusterConfiguration, Component } from "../file-types.ts";
import { isLabel } from "../version-labels.ts";
import { judgeAbsolute, judgeArgs, judgeDuration, judgeVariables, judgeVolumes } from "./parts.ts";
import { judgeText, type KubeadmRule, of, when } from "./rule.ts";

/** A version, or a label that stands for one. */
export const judgeVersion = (path: Path, text: string | undefined): readonly Finding[] =>
  judgeText(text, (written) => {
    if (isLabel(written)) return [];
    const version = parseVersion(written);
    if (version?.patch === undefined) {
      const hint =
        version === undefined ? "write it as v1.36.3" : `write ${releases[minorOf(version)]?.newestPatch ?? `v${version.text}.0`}`;
      return [{ path, message: `${show(written)} is not a version of Kubernetes`, hint }];
    }
    return when(!supportedMinors.includes(minorOf(version)), {
      path,
      message: `Kubernetes ${minorOf(version)} is not supported by this version of kbs`,
      hint: `supported: ${oneOf(supportedMinors)}`,
    });
  });

const judgeTag = (path: Path, text: string | undefined): readonly Finding[] =>
  judgeText(text, (tag) =>
    when(!/^\w[-.\w]{0,127}$/.test(tag), {
      path,
      message: `${show(tag)} is not a tag of an image`,
      hint: "letters, digits, `_`, `.` and `-`",
    }),
  );

const judgeImage = (path: Path, image: { imageRepository?: string; imageTag?: string } | undefined): readonly Finding[] => [
  ...judgeText(image?.imageRepository, (text) => judgeRepository([...path, "imageRepository"], text)),
  ...judgeTag([...path, "imageTag"], image?.imageTag),
];

const judgeComponent = (name: string, component: Component | undefined): readonly Finding[] => [
  ...judgeArgs([name, "extraArgs"], component?.extraArgs),
  ...judgeVolumes([name, "extraVolumes"], component?.extraVolumes),
  ...judgeVariables([name, "extraEnvs"], component?.extraEnvs),
];

const ofCluster =
  (judge: (file: ClusterConfiguration) => readonly Finding[]): KubeadmRule =>
  ({ documents: { ClusterConfiguration: file } }) =>
    of("ClusterConfiguration", file === undefined ? [] : judge(file));

export const components = ofCluster((file) => [
  ...judgeComponent("apiServer", file.apiServer),
  ...judgeComponent("controllerManager", file.controllerManager),
  ...judgeComponent("scheduler", file.scheduler),
  ...judgeNames(["apiServer", "certSANs"], file.apiServer?.certSANs),
]);

export const clusterFields = ofCluster((file) => [
  ...judgeVersion(["kubernetesVersion"], file.kubernetesVersion),
  ...judgeText(file.controlPlaneEndpoint, (text) => judgeEndpoint(["controlPlaneEndpoint"], text)),
  ...judgeAbsolute(["certificatesDir"], file.certificatesDir),
  ...judgeText(file.imageRepository, (text) => judgeRepository(["imageRepository"], text)),
  ...judgeImage(["dns"], file.dns),
]);

const minorNumber = (minor: string): number => Number(minor.split(".")[1]);

const judgeGate = (name: string, on: boolean, minor: string): readonly Finding[] => {
  const path = ["featureGates", name];
  const known = Object.keys(kubeadmGates);
  if (!Object.hasOwn(kubeadmGates, name)) {
    const living = known.filter((gate) => minorNumber(kubeadmGates[gate] ?? "1.999") > minorNumber(minor));
    const hint = didYouMean(nearest(name, known)) ?? `there are: ${living.join(", ")}; gates of components stand in extraArgs`;
    return [{ path, at: "key", message: "is not a feature gate of kubeadm", hint }];
  }
  const gone = kubeadmGates[name];
  if (gone !== undefined && minorNumber(minor) >= minorNumber(gone)) {
    const hint = name === "PublicKeysECDSA" ? "write encryptionAlgorithm: ECDSA-P256" : "leave it out";
    return [{ path, at: "key", message: `this feature gate is gone since Kubernetes ${gone}`, hint }];
  }
  if (name === "PublicKeysECDSA")
    return [
      {
        path,
        at: "key",
        severity: "warning",
        message: "this feature gate goes away with 1.37",
        hint: `write encryptionAlgorithm: ${on ? "ECDSA-P256" : "RSA-2048"}`,
      },
    ];
  const locked = name === "NodeLocalCRISocket" && minorNumber(minor) >= 36 && !on;
  return when(locked, {
    path,
    severity: "warning",
    message: "this feature gate is about to go, and is on everywhere else",
    hint: "leave it out",
  });
};

export const featureGates = ofCluster((file) => {
  const version = parseVersion(file.kubernetesVersion ?? "");
  const minor = version === undefined ? "1.36" : minorOf(version);
  return Object.entries(file.featureGates ?? {}).flatMap(([name, on]) => judgeGate(name, on, minor));
});

const year = parseGoDuration("8760h") ?? 0;

export const validity = ofCluster(({ certificateValidityPeriod: leaf, caCertificateValidityPeriod: ca }) => {
  const own = parseGoDuration(leaf ?? "8760h") ?? 0;
  const authority = parseGoDuration(ca ?? "87600h") ?? 0;
  const path = [leaf === undefined ? "caCertificateValidityPeriod" : "certificateValidityPeriod"];
  return [
    ...judgeDuration(["certificateValidityPeriod"], leaf),
    ...judgeDuration(["caCertificateValidityPeriod"], ca),
    ...when(own > year, {
      path: ["certificateValidityPeriod"],
      severity: "warning",
      message: `${leaf} is more than the year that is advised`,
    }),
    ...when(authority > 10 * year, {
      path: ["caCertificateValidityPeriod"],
      severity: "warning",
      message: `${ca} is more than the ten years that are advised`,
    }),
    ...when(own > authority && authority > 0, {
      path,
      severity: "warning",
      message: "certificates would outlive the authority that signs them",
    }),
  ];
});

/** https wherever there is a certificate; plain URLs only for what needs none. */
const judgeUrls = (path: Path, urls: readonly string[] | undefined, secure: boolean): readonly Finding[] =>
  (urls ?? []).flatMap((url, index) => {
    const scheme = /^(https?):\/\/[^/\s]+$/.exec(url.replace(/\/$/, ""))?.[1];
    const at = [...path, index];
    if (scheme === undefined) return [{ path: at, message: `${show(url)} is not a URL of etcd`, hint: "https://10.0.0.31:2379, say" }];
    return when(secure && scheme === "http", { path: at, message: `${show(url)} must be https, since there are certificates` });
  });

const judgeExternal = (file: NonNullable<NonNullable<ClusterConfiguration["etcd"]>["external"]>): readonly Finding[] => {
  const path = ["etcd", "external"];
  const { caFile = "", certFile = "", keyFile = "" } = file;
  return [
    ...when((file.endpoints ?? []).length === 0, {
      path: [...path, "endpoints"],
      message: "is missing",
      hint: "[https://10.0.0.31:2379], say",
    }),
    ...judgeUrls([...path, "endpoints"], file.endpoints, caFile !== "" || certFile !== "" || keyFile !== ""),
    ...judgeUrls([...path, "httpEndpoints"], file.httpEndpoints, false),
    ...when((certFile === "") !== (keyFile === ""), { path, at: "key", message: "certFile and keyFile go together" }),
    ...when(certFile !== "" && keyFile !== "" && caFile === "", { path, at: "key", message: "certFile and keyFile need caFile" }),
    ...(["caFile", "certFile", "keyFile"] as const).flatMap((key) => judgeAbsolute([...path, key], file[key])),
  ];
};

export const etcd: KubeadmRule = ({ documents: { ClusterConfiguration: file }, intact }) => {
  const { local, external } = file?.etcd ?? {};
  const path = ["etcd", "local"];
  return of("ClusterConfiguration", [
    ...when(local !== undefined && external !== undefined, {
      path: ["etcd", "external"],
      at: "key",
      message: "local and external exclude each other",
    }),
    ...judgeAbsolute([...path, "dataDir"], local?.dataDir),
    ...judgeNames([...path, "serverCertSANs"], local?.serverCertSANs),
    ...judgeNames([...path, "peerCertSANs"], local?.peerCertSANs),
    ...judgeImage(path, local),
    ...judgeArgs([...path, "extraArgs"], local?.extraArgs),
    ...judgeVariables([...path, "extraEnvs"], local?.extraEnvs),
    ...(external === undefined || !intact("ClusterConfiguration", ["etcd", "external"]) ? [] : judgeExternal(external)),
  ]);
};
