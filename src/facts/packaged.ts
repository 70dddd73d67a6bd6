import { fact } from "./fact.ts";
import { keyValues, lines, sections, words } from "./text.ts";

/** What packages, or an administrator by hand, have brought of a node's software: all that is there and that kbs has not written. */
export interface PackagedFact {
  /** Absent where there is no unit for it, or kbs has written that. */
  readonly kubelet?: PackagedKubelet;
  readonly containerd?: PackagedContainerd;
  /** Full names of the images which that containerd has. */
  readonly images: readonly string[];
  /** Paths of CNI plugins and of kubectl. */
  readonly programs: readonly string[];
}

export interface PackagedUnit {
  readonly unit: string;
  readonly dropIns: readonly string[];
  /** The executable that the unit starts. */
  readonly path: string;
  /** With the leading v; absent where it does not say. */
  readonly version?: string;
}

export interface PackagedKubelet extends PackagedUnit {
  /** Whether the unit reads the files by which kubeadm configures a kubelet. */
  readonly forKubeadm: boolean;
}

export interface PackagedContainerd extends PackagedUnit {
  /** Whether it is up, with its plugin for the kubelet. */
  readonly answers: boolean;
  /** The image of every pod's sandbox. */
  readonly sandboxImage?: string;
  /** Whether runc is told to use systemd for cgroups. */
  readonly systemdCgroup: boolean;
  readonly cniBinDirectory?: string;
}

/** Where CNI plugins may lie: those of upstream, of Debian's packages, of Fedora's. */
const pluginFolders = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

// What takes a moment is asked at once, and each answer, small as it is, written in one go; the list of images, which may be long, last. On a host of
// kbs's own nothing of it is.
const script = `
ours=$(cat /var/lib/kbs/before/*/id)
is_ours() { case "
$ours
" in *"
path:$1
"*) return 0 ;; esac; return 1; }
field() { printf '%s\\n' "$shown" | sed -n "s/^$1=//p"; }
unit() {
  shown=$(systemctl --no-pager show -p FragmentPath -p DropInPaths -p ExecStart "$1.service")
  unit=$(field FragmentPath); drops=$(field DropInPaths); path=$(field ExecStart | sed -n 's/^{ path=\\([^ ]*\\) .*/\\1/p' | head -n 1)
  [ -f "$unit" ] && [ -x "$path" ] && ! is_ours "$unit" || return 1
  printf '@@ %s\\nunit=%s\\ndropIns=%s\\npath=%s\\n' "$1" "$unit" "$drops" "$path"
}
tell() { answer=$(eval "timeout 10 $2"); printf '@@ %s\\n%s\\n' "$1" "$answer"; }
if unit kubelet; then
  kubelet=$path
  ! grep -qs /kubeadm-flags.env "$unit" $drops || echo forKubeadm=yes
fi
containerd=; if unit containerd; then containerd=$path; fi
[ -z "$kubelet" ] || tell kubelet-version '"$kubelet" --version' &
if [ -n "$containerd" ]; then
  tell containerd-version '"$containerd" --version' &
  tell containerd-config '"$containerd" config dump | grep -E "^ *(\\[.*\\.options|(sandbox|sandbox_image|SystemdCgroup|bin_dirs?|default_runtime_name) *=)"' &
  tell containerd-plugins 'ctr plugins ls | grep -E "^io\\.containerd\\.grpc\\.v1 +cri "' &
fi
images=; [ -z "$containerd" ] || images=$(timeout 10 ctr -n k8s.io images ls -q)
wait
printf '@@ images\\n%s\\n' "$images"
echo '@@ programs'
for path in ${pluginFolders.map((folder) => `${folder}/*`).join(" ")} "$(command -v kubectl)"; do
  [ ! -f "$path" ] || [ ! -x "$path" ] || is_ours "$path" || printf '%s\\n' "$path"
done`;

const unitOf = (text: string, version: string): PackagedUnit => {
  const values = keyValues(text);
  // Debian writes 1.6.20~ds1: what follows the ~ tells of its package.
  const [, found] = /\bv?(\d+\.\d+\.\d+(?:[-+][-\w.+]+)?)/.exec(version.replaceAll(/\/v\d+\b/g, "")) ?? [];
  return {
    unit: values.get("unit") ?? "",
    dropIns: words(values.get("dropIns") ?? ""),
    path: values.get("path") ?? "",
    ...(found !== undefined && { version: `v${found}` }),
  };
};

/** Of TOML as containerd itself prints it: one value a line, its table's name on the last line before it that begins with a bracket. */
const settings = (config: string): readonly { readonly table: string; readonly key: string; readonly value: string }[] => {
  let table = "";
  return lines(config).flatMap((line) => {
    if (line.startsWith("[")) {
      table = line.replaceAll(/[[\]'"]/g, "");
      return [];
    }
    const [, key = "", value = ""] = /^(\w+) *= *(.*)$/.exec(line) ?? [];
    const [, text = value] = /^\[? *['"]([^'"]*)['"]/.exec(value) ?? [];
    return [{ table, key, value: text }];
  });
};

const containerdOf = (parts: ReadonlyMap<string, string>, about: string): PackagedContainerd => {
  const found = settings(parts.get("containerd-config") ?? "");
  const text = (...keys: readonly string[]): string | undefined =>
    found.find(({ key, value }) => keys.includes(key) && value !== "")?.value;
  const runtime = text("default_runtime_name") ?? "runc";
  const options = `.containerd.runtimes.${runtime}.options`;
  const sandboxImage = text("sandbox", "sandbox_image");
  const cniBinDirectory = text("bin_dirs", "bin_dir");
  return {
    ...unitOf(about, parts.get("containerd-version") ?? ""),
    answers: / ok *$/m.test(parts.get("containerd-plugins") ?? ""),
    systemdCgroup: found.some(({ table, key, value }) => key === "SystemdCgroup" && table.endsWith(options) && value === "true"),
    ...(sandboxImage !== undefined && { sandboxImage }),
    ...(cniBinDirectory !== undefined && { cniBinDirectory }),
  };
};

export const packaged = fact(
  "packaged",
  script,
  (output): PackagedFact => {
    const parts = sections(output);
    const [kubelet, containerd] = [parts.get("kubelet"), parts.get("containerd")];
    return {
      ...(kubelet !== undefined && {
        kubelet: {
          ...unitOf(kubelet, parts.get("kubelet-version") ?? ""),
          forKubeadm: keyValues(kubelet).get("forKubeadm") === "yes",
        },
      }),
      ...(containerd !== undefined && { containerd: containerdOf(parts, containerd) }),
      // Every image has a second name by its digest.
      images: lines(parts.get("images") ?? "").filter((name) => !name.startsWith("sha256:")),
      programs: lines(parts.get("programs") ?? ""),
    };
  },
  { within: 40 },
);
