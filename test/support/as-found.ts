import type { LabHost } from "../lab/index.ts";
import { processesOf } from "./host-processes.ts";

/** What a host is, as far as a cluster could have changed it: a line for each thing. */
export type Found = readonly string[];

// What the system itself writes while it runs is left out, and /run/kbs, where the last message's own lock is.
const filesScript = `find /etc /opt /usr /srv /home /root /var/lib /var/log -xdev \\( -path /var/lib/systemd -o -path /var/log/journal \\) -prune -o \\
  -printf '%p %y %m %U:%G %l\\n' -type f -exec sha256sum {} +`;

const systemScript = `
ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/link \\1/'
ip -o route show table all | grep -v ' dev host0 ' | sed 's/^/route /'
for save in iptables-save ip6tables-save; do $save 2>/dev/null | grep -E '^-A|^:[A-Z]+-' | sed "s/^/$save /"; done
nft -s list ruleset | sed 's/^/nft /'
cut -d' ' -f2,3 /proc/mounts | grep -v '^/run/user/' | sed 's/^/mount /'
find /run -mindepth 1 -maxdepth 1 ! -name kbs ! -name user ! -name xtables.lock ! -name nologin ! -name 'lab-*' | sed 's/^/run /'
systemctl list-units --all --plain --no-legend 'kube*' 'containerd*' 'cri-*' | sed 's/^/unit /'
systemctl --failed --plain --no-legend | sed 's/^/failed /'
find /sys/fs/cgroup -maxdepth 3 -name '*kubepods*' | sed 's/^/group /'
hostname; cat /proc/sys/net/ipv4/ip_forward; sed 1d /proc/swaps; ipset list -n`;

// Log-ins come and go with those who look, and timedated leaves by itself.
const passing = /^(sshd|ssh|sh|bash|\(sd-pam\)|systemd|sleep|find|sha256sum|systemd-timedat)$/;

const look = async (host: LabHost): Promise<Found> => {
  // What runs on a live host comes and goes while it is looked at.
  const { stdout } = await host.run(`{ ${filesScript}\n${systemScript}\n} 2>/dev/null`, { timeout: 180_000 });
  const processes = (await processesOf(host)).map(({ name }) => name).filter((name) => !passing.test(name));
  return [...stdout.trim().split("\n"), ...processes.map((name) => `process ${name}`)].map((line) => `${host.name} ${line}`).toSorted();
};

/** Looks at some hosts. */
export const asFound = async (hosts: readonly LabHost[]): Promise<Found> => (await Promise.all(hosts.map(look))).flat();

/** What is there now and was not, and what was there and is not. */
export const sinceFound = (before: Found, after: Found): string[] => {
  const [was, is] = [new Set(before), new Set(after)];
  return [
    ...after.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
    ...before.filter((line) => !is.has(line)).map((line) => `- ${line}`),
  ];
};
