import { keysOf } from "../shared/objects.ts";
import { fact } from "./fact.ts";
import { lines, sections } from "./text.ts";

/** Module to the option of the kernel's configuration that brings it. */
const options = {
  overlay: "OVERLAY_FS",
  br_netfilter: "BRIDGE_NETFILTER",
  nf_conntrack: "NF_CONNTRACK",
  vxlan: "VXLAN",
  nf_tables: "NF_TABLES",
  ip_vs: "IP_VS",
  ip_vs_rr: "IP_VS_RR",
  ip_vs_wrr: "IP_VS_WRR",
  ip_vs_sh: "IP_VS_SH",
} as const;

export type ModuleName = keyof typeof options;

/** `unknown`: neither the module folder of this kernel nor its configuration could be read, as in many containers. */
export type ModuleState = "loaded" | "builtin" | "loadable" | "absent" | "unknown";

export type ModulesFact = Readonly<Record<ModuleName, ModuleState>>;

const names = keysOf(options);

/** A module in use shows itself in /sys/module; one that is built in and takes no parameter only by what it brings. */
const script = `
release=$(uname -r)
echo '@@ loaded'
for name in ${names.join(" ")}; do [ -d "/sys/module/$name" ] && echo "$name"; done
grep -q '[[:space:]]overlay$' /proc/filesystems && echo overlay
[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] && echo br_netfilter
[ -e /proc/sys/net/netfilter/nf_conntrack_count ] && echo nf_conntrack
[ -e /proc/net/ip_vs ] && echo ip_vs
echo '@@ builtin'
grep -E '/(${names.join("|")})\\.ko' "/lib/modules/$release/modules.builtin"
echo '@@ loadable'
[ -s "/lib/modules/$release/modules.dep" ] && echo indexed
grep -oE '^[^:]*/(${names.join("|")})\\.ko' "/lib/modules/$release/modules.dep"
echo '@@ config'
{ zcat /proc/config.gz || cat "/boot/config-$release" || cat "/lib/modules/$release/config"; } |
  grep -E '^CONFIG_(MODULES|${Object.values(options).join("|")})=[ym]'`;

const parseModules = (output: string): ModulesFact => {
  const parts = sections(output);
  const part = (name: string): readonly string[] => lines(parts.get(name) ?? "");
  const files = (name: string): ReadonlySet<string> => new Set(part(name).map((path) => path.replace(/^.*\//, "").replace(/\.ko.*$/, "")));
  const [loaded, builtin, loadable, config] = [new Set(part("loaded")), files("builtin"), files("loadable"), new Set(part("config"))];
  const stateOf = (name: ModuleName): ModuleState => {
    if (loaded.has(name)) return "loaded";
    if (builtin.has(name) || config.has(`CONFIG_${options[name]}=y`)) return "builtin";
    if (loadable.has(name)) return "loadable";
    // "=m" without an index of modules leaves open whether the file is there; a configuration without the option does not.
    if (loadable.has("indexed") || (config.size > 0 && !config.has(`CONFIG_${options[name]}=m`))) return "absent";
    return "unknown";
  };
  return {
    overlay: stateOf("overlay"),
    br_netfilter: stateOf("br_netfilter"),
    nf_conntrack: stateOf("nf_conntrack"),
    vxlan: stateOf("vxlan"),
    nf_tables: stateOf("nf_tables"),
    ip_vs: stateOf("ip_vs"),
    ip_vs_rr: stateOf("ip_vs_rr"),
    ip_vs_wrr: stateOf("ip_vs_wrr"),
    ip_vs_sh: stateOf("ip_vs_sh"),
  };
};

export const modules = fact("modules", script, parseModules);
