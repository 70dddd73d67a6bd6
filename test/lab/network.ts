import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { command, tryCommand } from "./command.ts";
import { ipv6Of, type Subnet } from "./subnet.ts";

const timeout = 20_000;
/** After the table of this machine's own addresses (0), before all others. */
const rulePriority = "100";

/** Every IPv4 network that this machine routes to directly. */
export const networksInUse = async (): Promise<string[]> => {
  const routes = await command("ip", ["-4", "-o", "route", "show", "table", "all"], { timeout });
  const addresses = await command("ip", ["-4", "-o", "address"], { timeout });
  return [...routes.matchAll(/^(?:\w+ )?(\d+\.\d+\.\d+\.\d+(?:\/\d+)?) /gm), ...addresses.matchAll(/ inet (\S+)/g)].flatMap(
    (match) => match[1] ?? [],
  );
};

export const bridgeOf = (lab: string): string => `kbs-${lab}`;

/** The name that systemd-nspawn gives to the machine's end of a host's cable. */
export const cableOf = (machine: string): string => `vb-${machine}`;

/**
 * Makes a lab's bridge. This machine is the hosts' gateway, and as such answers "unreachable" for everything but itself: nothing of a lab
 * leaves the machine, and whoever tries learns it at once, as from any router without a route.
 */
export const createBridge = async (bridge: string, { gateway }: Subnet, ipv6 = false): Promise<void> => {
  await command("ip", ["link", "add", bridge, "type", "bridge"], { timeout });
  await command("ip", ["address", "add", `${gateway}/24`, "dev", bridge], { timeout });
  await command("ip", ["rule", "add", "priority", rulePriority, "iif", bridge, "unreachable"], { timeout });
  if (ipv6) {
    await command("ip", ["address", "add", `${ipv6Of(gateway)}/64`, "dev", bridge, "nodad"], { timeout });
    await command("ip", ["-6", "rule", "add", "priority", rulePriority, "iif", bridge, "unreachable"], { timeout });
  }
  // Only an interface that forwards sends such answers.
  await writeFile(`/proc/sys/net/ipv4/conf/${bridge}/forwarding`, "1");
  await command("ip", ["link", "set", bridge, "up"], { timeout });
};

/** Removes a lab's bridge and its rules, as far as they are there. */
export const removeBridge = async (bridge: string): Promise<void> => {
  await removeInterface(bridge);
  for (const family of existsSync("/proc/sys/net/ipv6") ? ["-4", "-6"] : ["-4"]) {
    while ((await command("ip", [family, "rule", "list", "iif", bridge], { timeout })).trim() !== "") {
      await command("ip", [family, "rule", "delete", "priority", rulePriority, "iif", bridge], { timeout });
    }
  }
};

/** Removes an interface if it is there. A killed host leaves its cable behind, and would not start again beside it. */
export const removeInterface = async (name: string): Promise<void> => {
  if (!existsSync(`/sys/class/net/${name}`)) return;
  const { code, stderr } = await tryCommand("ip", ["link", "delete", name], { timeout });
  // It may have gone by itself, with the network namespace that held its other end.
  if (code !== 0 && existsSync(`/sys/class/net/${name}`)) throw new Error(`the interface ${name} cannot be removed: ${stderr.trim()}`);
};
