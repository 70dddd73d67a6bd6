import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "./cache.ts";
import { command } from "./command.ts";
import { makeRootFileSystem, mmdebstrapOptions } from "./debian.ts";
import { cachedLayer } from "./image-layers.ts";
import { stageLayer } from "./layer.ts";

// Nothing can be run in a system that is only unpacked but its loader, which says what libraries a program needs. Perl, which the package wants for
// its scripts, is most of what would be unpacked.
const keepProgram = `set -eu
for loader in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do [ ! -e "$1$loader" ] || break; done
{ echo "$loader"; echo /usr/sbin/haproxy; chroot "$1" "$loader" --list /usr/sbin/haproxy | sed -n 's/.* => \\(\\/[^ ]*\\) .*/\\1/p'; } | sort -u >"$1/../files"
`;

/** The program stands where the image of its makers has it. */
const place = (file: string): string => (file === "/usr/sbin/haproxy" ? "usr/local/sbin/haproxy" : file.slice(1));

/** Debian's haproxy with the libraries that it needs. */
export const haproxyLayer = async (log: Log): Promise<string> => {
  const recipe = { packages: ["haproxy"], customize: keepProgram, variant: "extract" } as const;
  return cachedLayer("haproxy", mmdebstrapOptions(recipe), log, async (root) => {
    const half = join(root, "..", "debian");
    await command("mkdir", [half], { timeout: 10_000 });
    await makeRootFileSystem(half, recipe, log);
    const files = (await command("cat", [join(half, "files")], { timeout: 10_000 })).trim().split("\n");
    await stageLayer(
      root,
      Object.fromEntries(files.map((file) => [place(file), { from: join(half, "root", file), mode: 0o755 }] as const)),
    );
    await rm(half, { recursive: true });
  });
};
