import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeKey } from "./ssh.ts";
import { ipv6Of } from "./subnet.ts";

/** Who a host is, and whom it lets in. */
export interface Identity {
  readonly name: string;
  readonly address: string;
  readonly gateway: string;
  /** Whether it has an address of IPv6, too. */
  readonly ipv6?: boolean | undefined;
  /** The cable's name on the host; shell patterns are understood. */
  readonly link: string;
  /** Of the key that root, admin and carol accept, as far as the host has them. */
  readonly publicKey: string;
}

/** Nobody else has the address, and what is there at once is there after a reboot, too, when etcd listens at it. */
const ipv6Unit = ({ address, gateway }: Identity): string => `Gateway=${ipv6Of(gateway)}
[Address]
Address=${ipv6Of(address)}/64
DuplicateAddressDetection=none
`;

const networkUnit = (identity: Identity): string => `[Match]
Name=${identity.link}
[Network]
Address=${identity.address}/24
Gateway=${identity.gateway}
IPv6AcceptRA=no
${identity.ipv6 ? ipv6Unit(identity) : ""}`;

const authorize = async (home: string, publicKey: string, id: number): Promise<void> => {
  const directory = join(home, ".ssh");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, "authorized_keys"), publicKey, { mode: 0o600 });
  for (const path of [directory, join(directory, "authorized_keys")]) await chown(path, id, id);
};

/** Writes it into the root file system of a host that is down. Gives the host's line of known_hosts. */
export const giveIdentity = async (root: string, identity: Identity): Promise<string> => {
  const { name, address, gateway, publicKey } = identity;
  const inRoot = (path: string): string => join(root, path);
  await writeFile(inRoot("etc/hostname"), `${name}\n`);
  await writeFile(inRoot("etc/hosts"), `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost ip6-loopback\n`);
  await writeFile(inRoot("etc/resolv.conf"), `nameserver ${gateway}\n`);
  await writeFile(inRoot("etc/systemd/network/10-host0.network"), networkUnit(identity));
  const hostKey = inRoot("etc/ssh/ssh_host_ed25519_key");
  await makeKey(hostKey, `root@${name}`);
  await chmod(hostKey, 0o600);
  await authorize(inRoot("root"), publicKey, 0);
  for (const line of (await readFile(inRoot("etc/passwd"), "utf8")).split("\n")) {
    const [user = "", , id = ""] = line.split(":");
    if (user === "admin" || user === "carol") await authorize(inRoot(`home/${user}`), publicKey, Number(id));
  }
  const [type = "", key = ""] = (await readFile(`${hostKey}.pub`, "utf8")).split(" ");
  const names = identity.ipv6 ? [address, ipv6Of(address)] : [address];
  return `${names.join(",")} ${type} ${key}\n`;
};
