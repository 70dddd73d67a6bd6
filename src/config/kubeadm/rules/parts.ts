import { parseGoDuration } from "../../../shared/go-duration.ts";
import { addressFamily } from "../../../shared/ip.ts";
import { type Finding, show } from "../../problems.ts";
import { addressHint } from "../../rules/addresses.ts";
import { judgeFlag } from "../../rules/extra-args.ts";
import type { Path } from "../../schema.ts";
import type { ApiEndpoint, EnvVar, HostPathMount, WrittenArg } from "../file-types.ts";
import { judgeText, when } from "./rule.ts";

/** Parts that several kinds have in common. */
export const judgeAbsolute = (path: Path, text: string | undefined): readonly Finding[] =>
  judgeText(text, (written) => when(!written.startsWith("/"), { path, message: `${show(written)} is not an absolute path` }));

const days = (text: string): string | undefined => {
  const count = /^(\d+)\s*(?:d|days?)$/.exec(text)?.[1];
  return count === undefined ? undefined : `there are no days: write ${Number(count) * 24}h`;
};

/** A duration as Go writes it, not below zero. */
export const judgeDuration = (path: Path, text: string | undefined): readonly Finding[] =>
  judgeText(text, (written) => {
    const value = parseGoDuration(written);
    if (value === undefined) {
      const hint =
        days(written) ?? (/^\d+$/.test(written) ? `a unit is missing: ${written}s, say` : "write hours, minutes, seconds: 1h30m, say");
      return [{ path, message: `${show(written)} is not a duration`, hint }];
    }
    return when(value < 0, { path, message: `${show(written)} is less than nothing` });
  });

/** kubeadm takes a path without a scheme, and warns. */
export const judgeSocket = (path: Path, text: string | undefined): readonly Finding[] =>
  judgeText(text, (socket) => {
    if (/^unix:\/\/\/[^\s]+$/.test(socket)) return [];
    if (/^\/[^\s]*$/.test(socket))
      return [{ path, severity: "warning", message: `${show(socket)} has no scheme`, hint: `write unix://${socket}` }];
    return [
      { path, message: `${show(socket)} is not the socket of a container runtime`, hint: "unix:///run/containerd/containerd.sock, say" },
    ];
  });

export const judgeApiEndpoint = (path: Path, { advertiseAddress, bindPort }: ApiEndpoint): readonly Finding[] => [
  ...judgeText(advertiseAddress, (address) =>
    when(addressFamily(address) === undefined, {
      path: [...path, "advertiseAddress"],
      message: `${show(address)} is not an IP address`,
      hint: addressHint(address),
    }),
  ),
  ...when(bindPort !== undefined && bindPort < 0, { path: [...path, "bindPort"], message: `${bindPort} is not a port` }),
];

/** The AES-256 key of the certificates in the cluster. Its text is shown nowhere. */
export const judgeCertificateKey = (path: Path, text: string | undefined): readonly Finding[] =>
  judgeText(text, (key) =>
    when(!/^[0-9a-f]{64}$/i.test(key), {
      path,
      message: `must be 64 hexadecimal digits, and is not: it has ${key.length} characters`,
      hint: "`kbs certs certificate-key` makes one",
    }),
  );

export const judgeArgs = (path: Path, args: readonly WrittenArg[] | undefined): readonly Finding[] =>
  (args ?? []).flatMap(({ name }, index) => {
    if (name === undefined) return [];
    const place = [...path, index, "name"];
    return name === "" ? [{ path: place, message: "a flag needs a name" }] : judgeFlag(name, place, "value", {});
  });

const twice = <T>(path: Path, items: readonly T[], nameOf: (item: T) => string | undefined, what: string): readonly Finding[] => {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const name = nameOf(item);
    const again = name !== undefined && seen.has(name);
    if (name !== undefined) seen.add(name);
    return when(again, { path: [...path, index, "name"], message: `a ${what} ${show(name)} is there already` });
  });
};

export const judgeVolumes = (path: Path, volumes: readonly HostPathMount[] | undefined): readonly Finding[] => [
  ...twice(path, volumes ?? [], ({ name }) => name, "volume"),
  ...(volumes ?? []).flatMap(({ name, hostPath, mountPath }, index) => [
    ...when(name !== undefined && !/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name), {
      path: [...path, index, "name"],
      message: `${show(name)} is not the name of a volume`,
      hint: "lower-case letters, digits and `-`, at most 63",
    }),
    ...judgeAbsolute([...path, index, "hostPath"], hostPath),
    ...judgeAbsolute([...path, index, "mountPath"], mountPath),
  ]),
];

export const judgeVariables = (path: Path, variables: readonly EnvVar[] | undefined): readonly Finding[] => [
  ...twice(path, variables ?? [], ({ name }) => name, "variable"),
  ...(variables ?? []).flatMap(({ name, value, valueFrom }, index) => [
    ...when(name !== undefined && !/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name), {
      path: [...path, index, "name"],
      message: `${show(name)} is not the name of a variable`,
    }),
    ...when(value !== undefined && value !== "" && valueFrom !== undefined, {
      path: [...path, index],
      message: "has both value and valueFrom",
      hint: "keep one of them",
    }),
  ]),
];

/** `all` says it already. Names are alike in upper and lower case. */
export const judgeIgnored = (path: Path, ids: readonly string[] | undefined): readonly Finding[] => {
  const index = (ids ?? []).findIndex((id) => id.toLowerCase() === "all");
  return when(index >= 0 && new Set((ids ?? []).map((id) => id.toLowerCase())).size > 1, {
    path: [...path, index],
    message: "all stands beside other checks",
    hint: "keep all, or the others",
  });
};
