import { stringify } from "yaml";
import { defaults } from "./defaults.ts";
import type { Role } from "./types.ts";

export interface SampleOptions {
  readonly name?: string;
  readonly version?: string;
  readonly hosts?: readonly { readonly name: string; readonly address: string; readonly roles: readonly Role[] }[];
  /** Where an editor finds the JSON schema: a path or URL. Without it the file names none. */
  readonly schema?: string;
}

/** Addresses are of RFC 1918, as in most first clusters. */
const exampleHosts: NonNullable<SampleOptions["hosts"]> = [
  { name: "cp1", address: "10.0.0.11", roles: ["control-plane"] },
  { name: "w1", address: "10.0.0.21", roles: ["worker"] },
  { name: "w2", address: "10.0.0.22", roles: ["worker"] },
];

/** A value as YAML writes it on one line. */
const scalar = (value: string): string => stringify(value, { lineWidth: 0 }).trimEnd();

const hostLine = ({ name, address, roles }: (typeof exampleHosts)[number]): string =>
  `    - { name: ${scalar(name)}, address: ${scalar(address)}, roles: [${roles.join(", ")}] }`;

/** The commented file that `kbs create config` prints: what most clusters need, and where the rest is described. */
export const sampleConfig = ({ name = "demo", version = defaults.version, hosts = exampleHosts, schema }: SampleOptions = {}): string =>
  `${schema === undefined ? "" : `# yaml-language-server: $schema=${schema}\n`}# A Kubernetes cluster, as kbs makes it: kbs create cluster -f THIS-FILE
apiVersion: kbs/v1
kind: Cluster
metadata:
  name: ${scalar(name)}
spec:
  # How to log in to every host. What is not said here is taken from ~/.ssh/config and the SSH agent.
  # Passwords stay out of this file: password: env:NAME, file:PATH or cmd:COMMAND.
  ssh:
    user: root
    # identityFile: ~/.ssh/id_ed25519
    # sudoPassword: env:KBS_SUDO_PASSWORD

  # address is where SSH goes. Add internalAddress where nodes reach each other by another one.
  # A host with roles [control-plane, worker] runs ordinary pods too: enough for a cluster of one machine.
  hosts:
${hosts.map(hostLine).join("\n")}

  kubernetes:
    version: ${scalar(version)}
    # None of your hosts may have an address in these two.
    podSubnet: ${defaults.podSubnet}
    serviceSubnet: ${defaults.serviceSubnet}

  network:
    plugin: ${defaults.networkPlugin} # none: you install a pod network yourself

  # addons:
  #   - name: dashboard
`;
