import type { ArgsFile, ClusterFile } from "../file-types.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { isArgList } from "../short-forms.ts";
import type { Rule } from "./rule.ts";

interface Component {
  readonly path: Path;
  readonly read: (spec: NonNullable<ClusterFile["spec"]>) => ArgsFile | undefined;
  /** Flags whose value kbs needs to know, with the field that says it. */
  readonly owned: Readonly<Record<string, string>>;
}

const components: readonly Component[] = [
  {
    path: ["spec", "kubernetes", "apiServer"],
    read: (spec) => spec.kubernetes?.apiServer?.extraArgs,
    owned: { "service-cluster-ip-range": "spec.kubernetes.serviceSubnet", "secure-port": "spec.kubernetes.apiServer.bindPort" },
  },
  {
    path: ["spec", "kubernetes", "controllerManager"],
    read: (spec) => spec.kubernetes?.controllerManager?.extraArgs,
    owned: {
      "service-cluster-ip-range": "spec.kubernetes.serviceSubnet",
      "cluster-cidr": "spec.kubernetes.podSubnet",
      "cluster-name": "spec.kubernetes.clusterName",
    },
  },
  { path: ["spec", "kubernetes", "scheduler"], read: (spec) => spec.kubernetes?.scheduler?.extraArgs, owned: {} },
  { path: ["spec", "etcd"], read: (spec) => spec.etcd?.extraArgs, owned: { "data-dir": "spec.etcd.dataDir" } },
];

/** The name of a flag; `owned` are those which a field of the configuration sets, by the field. */
export const judgeFlag = (name: string, path: Path, at: "key" | "value", owned: Component["owned"]): Finding[] => {
  const field = Object.hasOwn(owned, name) ? owned[name] : undefined;
  if (field !== undefined) return [{ path, at, message: `the flag ${name} is kbs's own`, hint: `set ${field}` }];
  const plain = name.replace(/^-+/, "").replace(/[=\s].*$/s, "");
  if (/^[A-Za-z0-9][-\w.]*$/.test(name)) return [];
  const hint = plain === "" || plain === name ? undefined : `write ${show(plain)}: names stand without dashes, values on their own`;
  return [{ path, at, message: `${show(name)} is not the name of a flag`, hint }];
};

const entries = (args: ArgsFile | undefined, path: Path): { name: string; path: Path; at: "key" | "value" }[] => {
  if (args === undefined) return [];
  if (!isArgList(args)) return Object.keys(args).map((name) => ({ name, path: [...path, name], at: "key" }));
  return args.flatMap(({ name }, index) => (name === undefined ? [] : [{ name, path: [...path, index, "name"], at: "value" }]));
};

export const flagNames: Rule = ({ file }) =>
  components.flatMap(({ path, read, owned }) =>
    entries(read(file.spec ?? {}), [...path, "extraArgs"]).flatMap(({ name, path: place, at }) => judgeFlag(name, place, at, owned)),
  );
