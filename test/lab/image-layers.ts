import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { baseRoot } from "./base.ts";
import { cached, type Log } from "./cache.ts";
import { command } from "./command.ts";
import { makeRootFileSystem, mmdebstrapOptions } from "./debian.ts";
import { type LayerEntries, packLayer, stageLayer } from "./layer.ts";

const passwd =
  "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";
const group = "root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:\n";

/** Makes a layer once. Gives the path of its uncompressed tar. */
export const cachedLayer = async (name: string, inputs: unknown, log: Log, fill: (root: string) => Promise<void>): Promise<string> => {
  const directory = await cached(`layer-${name}`, inputs, log, async (half) => {
    const root = join(half, "root");
    await fill(root);
    await packLayer(root, join(half, "layer.tar"));
    await rm(root, { recursive: true });
  });
  return join(directory, "layer.tar");
};

/** A layer with these entries. */
export const entriesLayer = (name: string, entries: LayerEntries, log: Log): Promise<string> =>
  cachedLayer(name, entries, log, (root) => stageLayer(root, entries));

/** What every program may expect in its image: users, certificate authorities, a /tmp. */
const commonEntries = async (log: Log): Promise<LayerEntries> => ({
  "etc/passwd": { text: passwd, mode: 0o644 },
  "etc/group": { text: group, mode: 0o644 },
  "etc/nsswitch.conf": { text: "hosts: files dns\n", mode: 0o644 },
  "etc/ssl/certs/ca-certificates.crt": {
    text: await readFile(join(await baseRoot(log), "etc/ssl/certs/ca-certificates.crt"), "utf8"),
    mode: 0o644,
  },
  tmp: { directory: 0o1777 },
});

export const commonLayer = async (log: Log): Promise<string> => entriesLayer("common", await commonEntries(log), log);

const networkPackages = ["iptables", "nftables", "conntrack", "ipset", "kmod", "busybox-static"];

// Packages are unpacked but not configured: no shell is there to run their scripts. So the links which those would have made are
// made here, iptables as on the hosts, by way of nftables. Documentation and the like is only weight.
const configureNetworkTools = `set -eu
cd "$1"
rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/info usr/share/bash-completion usr/share/lintian var/cache var/lib/apt var/lib/dpkg var/log
for family in iptables ip6tables; do
  for program in "$family" "$family-save" "$family-restore"; do ln -sf xtables-nft-multi "usr/sbin/$program"; done
done
ln -s busybox bin/sh
for applet in $(bin/busybox --list); do
  for place in bin sbin usr/bin usr/sbin; do [ ! -e "$place/$applet" ] || continue 2; done
  ln -s /bin/busybox "usr/bin/$applet"
done
`;

/** A small Debian layer with what programs the packet filter, and a shell: for kube-proxy and flannel. */
export const networkLayer = async (log: Log): Promise<string> => {
  const recipe = { packages: networkPackages, customize: configureNetworkTools, variant: "extract" } as const;
  const common = await commonEntries(log);
  return cachedLayer("network", { options: mmdebstrapOptions(recipe), common }, log, async (root) => {
    const half = join(root, "..", "debian");
    await command("mkdir", [half], { timeout: 10_000 });
    await makeRootFileSystem(half, recipe, log);
    await rename(join(half, "root"), root);
    await rm(half, { recursive: true });
    await stageLayer(root, common);
  });
};

/** A shell with wget and nslookup, for images one looks around in. */
export const busyboxLayer = async (log: Log): Promise<string> => {
  const recipe = {
    packages: ["busybox-static"],
    customize: 'set -eu; cd "$1"; mv bin/busybox ../busybox; ../busybox --list > ../applets',
    variant: "extract",
  } as const;
  return cachedLayer("busybox", mmdebstrapOptions(recipe), log, async (root) => {
    const half = join(root, "..", "debian");
    await command("mkdir", [half], { timeout: 10_000 });
    await makeRootFileSystem(half, recipe, log);
    const applets = (await command("cat", [join(half, "applets")], { timeout: 10_000 })).trim().split("\n");
    const links = applets.filter((applet) => applet !== "busybox").map((applet) => [`bin/${applet}`, { link: "busybox" }] as const);
    await stageLayer(root, { "bin/busybox": { from: join(half, "busybox"), mode: 0o755 }, ...Object.fromEntries(links) });
    await rm(half, { recursive: true });
  });
};
