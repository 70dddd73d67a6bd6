/** What ids of changes begin with, and how a person calls them. */
const words: readonly (readonly [prefix: string, word: string])[] = [
  ["path:", ""],
  ["service:", ""],
  ["command:", ""],
  ["object:", ""],
  ["sysctl:", "sysctl "],
  ["module:", "kernel module "],
  ["static-pod:", "static pod "],
  ["images:", "images: "],
];

/** A change as a person calls it: "/etc/hosts", "sysctl net.ipv4.ip_forward", "Deployment/kube-system/coredns". */
export const nameOf = (change: string): string => {
  const [prefix, word] = words.find(([start]) => change.startsWith(start)) ?? ["", ""];
  return `${word}${change.slice(prefix.length)}`;
};
