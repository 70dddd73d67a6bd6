import { fact } from "../../facts/fact.ts";
import { lines, sections } from "../../facts/text.ts";
import { cniBinDirectory, cniConfigDirectory } from "../../templates/containerd/config.ts";

export interface CniEvidence {
  /** Names of configurations that the runtime would load: *.conf, *.conflist, *.json. */
  readonly configs: readonly string[];
  /** Types of the plugins that the configurations call. */
  readonly types: readonly string[];
  /** Executable files among the plugins. */
  readonly binaries: readonly string[];
  /** Whether flannel has written what its plugin needs. */
  readonly hasFlannelSubnet: boolean;
}

/** Other files in the folder, such as a plugin's kubeconfig, may hold tokens: they are not read. */
export const cni = fact(
  "cni",
  `
echo '@@ configs'
for path in ${cniConfigDirectory}/*.conf ${cniConfigDirectory}/*.conflist ${cniConfigDirectory}/*.json; do [ -f "$path" ] && echo "$path"; done
echo '@@ types'
cat ${cniConfigDirectory}/*.conf ${cniConfigDirectory}/*.conflist ${cniConfigDirectory}/*.json | tr ',{' '\\n\\n' | grep -oE '"type" *: *"[^"]+"'
echo '@@ binaries'
for path in ${cniBinDirectory}/*; do [ -x "$path" ] && echo "\${path##*/}"; done
echo '@@ flannel'
[ -f /run/flannel/subnet.env ] && cat /run/flannel/subnet.env`,
  (output): CniEvidence => {
    const parts = sections(output);
    const part = (name: string): readonly string[] => lines(parts.get(name) ?? "");
    const plugins = part("types").flatMap((line) => /: *"([^"]+)"/.exec(line)?.[1] ?? []);
    // "ipam": {"type": …} is a plugin, too; the types of address ranges are not written so.
    return {
      configs: part("configs"),
      types: [...new Set(plugins)],
      binaries: part("binaries"),
      hasFlannelSubnet: part("flannel").some((line) => line.startsWith("FLANNEL_SUBNET=")),
    };
  },
  { secret: true },
);
