import type { Finding } from "../problems.ts";
import type { Path } from "../schema.ts";
import { type Rule, when } from "./rule.ts";

/** What the format knows and this version of kbs does not do yet. Whoever builds one of these deletes its lines here. */
const missing = (path: Path, what: string, hint?: string): Finding => ({
  path,
  message: `${what} is not supported yet by this version of kbs`,
  hint,
});

const choices: Rule = ({ file }) => {
  const spec = file.spec ?? {};
  const { runtime, network, supply } = spec;
  const plugin = network?.plugin ?? "";
  return [
    ...when(runtime?.name === "cri-o", missing(["spec", "runtime", "name"], "the runtime cri-o", "use containerd")),
    ...when(
      ["calico", "cilium", "kube-ovn"].includes(plugin),
      missing(["spec", "network", "plugin"], `the network plugin ${plugin}`, "use flannel, or none and install it yourself"),
    ),
    ...when(supply?.zone === "cn", missing(["spec", "supply", "zone"], "zone cn", "a bundle needs no network")),
    ...when(Object.keys(supply?.mirrors ?? {}).length > 0, {
      ...missing(["spec", "supply", "mirrors"], "the use of mirrors", "a bundle needs no network"),
      at: "key",
    }),
  ];
};

const addons: Rule = ({ file }) =>
  (file.spec?.addons ?? []).flatMap(({ name }, index) =>
    when(name === "metrics-server", missing(["spec", "addons", index, "name"], "the add-on metrics-server")),
  );

export const notYet: readonly Rule[] = [choices, addons];
