import { isHost, splitHostPort } from "../../../shared/names.ts";
import { type Finding, show } from "../../problems.ts";
import type { JoinConfiguration } from "../file-types.ts";
import { judgeText, type KubeadmRule, of, when } from "./rule.ts";
import { judgeToken } from "./tokens.ts";

type Discovery = NonNullable<JoinConfiguration["discovery"]>;

const judgeServer = (text: string): readonly Finding[] => {
  const path = ["discovery", "bootstrapToken", "apiServerEndpoint"];
  const { host, port } = splitHostPort(text);
  if (/^[a-z]+:\/\//i.test(text)) return [{ path, message: `${show(text)} is a URL`, hint: "write host:port" }];
  if (port === undefined)
    return [{ path, message: `${show(text)} has no port`, hint: `${host.includes(":") ? `[${host}]` : host}:6443, say` }];
  const right = isHost(host) && /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535;
  return when(!right, { path, message: `${show(text)} is not host:port`, hint: "10.0.0.11:6443, say" });
};

const judgeHash = (text: string, index: number): readonly Finding[] =>
  when(!/^sha256:[0-9a-f]{64}$/i.test(text), {
    path: ["discovery", "bootstrapToken", "caCertHashes", index],
    message: `${show(text)} is not the hash of a CA's key`,
    hint: /^[0-9a-f]{64}$/i.test(text) ? `write sha256:${text}` : "sha256: and 64 hexadecimal digits",
  });

const judgeTokenDiscovery = (token: NonNullable<Discovery["bootstrapToken"]>, isWhole: boolean): readonly Finding[] => {
  const path = ["discovery", "bootstrapToken"];
  const { apiServerEndpoint, caCertHashes = [], unsafeSkipCAVerification = false } = token;
  return [
    ...when(isWhole && !apiServerEndpoint, { path: [...path, "apiServerEndpoint"], message: "is missing", hint: "10.0.0.11:6443, say" }),
    ...when(isWhole && !token.token, { path: [...path, "token"], message: "is missing" }),
    ...judgeText(token.token, (text) => judgeToken([...path, "token"], text)),
    ...judgeText(apiServerEndpoint, judgeServer),
    ...caCertHashes.flatMap(judgeHash),
    ...when(isWhole && caCertHashes.length === 0 && !unsafeSkipCAVerification, {
      path: [...path, "caCertHashes"],
      message: "is missing: without a hash anybody on the way could pretend to be the cluster",
      hint: "the end of init prints it; unsafeSkipCAVerification: true goes without",
    }),
  ];
};

const judgeFile = (text: string): readonly Finding[] => {
  const [, scheme] = /^([a-z][-+.a-z0-9]*):\/\//i.exec(text) ?? [];
  return when(scheme !== undefined && scheme !== "https" && scheme !== "file", {
    path: ["discovery", "file", "kubeConfigPath"],
    message: `${show(text)} is neither a path nor a URL with https`,
  });
};

const judgeChoice = (discovery: Discovery | undefined): readonly Finding[] => [
  ...when(discovery?.bootstrapToken === undefined && discovery?.file === undefined, {
    path: ["discovery"],
    at: "key",
    message: "needs bootstrapToken or file: how else should the cluster be found?",
  }),
  ...when(discovery?.bootstrapToken !== undefined && discovery.file !== undefined, {
    path: ["discovery", "file"],
    at: "key",
    message: "bootstrapToken and file exclude each other",
  }),
];

export const discovery: KubeadmRule = ({ documents: { JoinConfiguration: join }, intact }) => {
  if (join === undefined) return [];
  const { discovery: written } = join;
  const isWhole = intact("JoinConfiguration", ["discovery"]);
  return of("JoinConfiguration", [
    ...(isWhole ? judgeChoice(written) : []),
    ...(written?.bootstrapToken === undefined ? [] : judgeTokenDiscovery(written.bootstrapToken, isWhole)),
    ...judgeText(written?.file?.kubeConfigPath, judgeFile),
    ...when(isWhole && written?.file !== undefined && !written.file.kubeConfigPath, {
      path: ["discovery", "file", "kubeConfigPath"],
      message: "is missing",
    }),
    ...judgeText(written?.tlsBootstrapToken, (text) => judgeToken(["discovery", "tlsBootstrapToken"], text)),
  ]);
};

export const caCertPath: KubeadmRule = ({ documents: { JoinConfiguration: join } }) =>
  of(
    "JoinConfiguration",
    judgeText(join?.caCertPath, (path) =>
      when(!/^\/.*\.crt$/.test(path), {
        path: ["caCertPath"],
        message: `${show(path)} is not an absolute path that ends in .crt`,
        hint: "/etc/kubernetes/pki/ca.crt, say",
      }),
    ),
  );
