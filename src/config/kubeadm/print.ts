import { hostname } from "node:os";
import { defaults } from "../defaults.ts";
import { componentDefaults } from "./component-defaults.ts";
import type { Documents } from "./file-types.ts";
import { defaultSocket, withDefaults } from "./static-defaults.ts";
import { documentOf, ownDocuments } from "./write.ts";
import type { Written } from "./written.ts";

/** What stands in for values that only a machine or an administrator knows; kubeadm's placeholders. */
const token = "abcdef.0123456789abcdef";
const nodeRegistration = { name: "node", criSocket: defaultSocket };

const examples = {
  "init-defaults": (): Documents => ({
    InitConfiguration: { bootstrapTokens: [{ token }], localAPIEndpoint: { advertiseAddress: "1.2.3.4" }, nodeRegistration },
    ClusterConfiguration: { kubernetesVersion: defaults.version },
  }),
  "join-defaults": (): Documents => ({
    JoinConfiguration: {
      discovery: { bootstrapToken: { token, apiServerEndpoint: "kube-apiserver:6443", unsafeSkipCAVerification: true } },
      nodeRegistration: { ...nodeRegistration, name: hostname().toLowerCase() },
    },
  }),
  "reset-defaults": (): Documents => ({ ResetConfiguration: { criSocket: defaultSocket } }),
  "upgrade-defaults": (): Documents => ({ UpgradeConfiguration: {} }),
} as const satisfies Readonly<Record<string, () => Documents>>;

export type Defaults = keyof typeof examples;
export type ComponentKind = keyof typeof componentDefaults;

export const componentKinds = Object.keys(componentDefaults);

export const isDefaults = (word: string): word is Defaults => Object.hasOwn(examples, word);
export const isComponentKind = (word: string): word is ComponentKind => Object.hasOwn(componentDefaults, word);

/** The documents of `kubeadm config print …-defaults`, and of components besides. */
export const printedDefaults = (what: Defaults, components: readonly ComponentKind[] = []): readonly Written[] => {
  return [...ownDocuments(withDefaults(examples[what]())), ...components.map((kind) => documentOf(kind, componentDefaults[kind]))];
};
