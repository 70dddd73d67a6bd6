import type { NodeWish } from "../../actions/join/cluster.ts";
import type { Discovery } from "../../actions/join/discover.ts";
import type { JoinFile } from "../../actions/join/file.ts";
import type { JoinOptions } from "../../actions/join/join.ts";
import { UserError } from "../../shared/errors.ts";
import { hashes, type JoinValues, unsafe } from "./flags.ts";

/** What is asked for, by flags or by kubeadm's file. */
export type JoinWish = Pick<JoinOptions, "discovery" | "tlsToken" | "skipPhases" | keyof NodeWish> & {
  readonly ignorePreflight: readonly string[];
  readonly dryRun: boolean;
  readonly warnings: readonly string[];
};

const line = 'the line that "kbs init", or "kbs token create --print-join-command" on a control plane, prints has all that is needed';

const byFile = (place: string, values: JoinValues, word: string): Discovery => {
  const others = [
    ...(word === "" ? [] : [word]),
    ...(values["discovery-token"] ? ["--discovery-token"] : []),
    ...(values[hashes].length > 0 ? [`--${hashes}`] : []),
    ...(values[unsafe] ? [`--${unsafe}`] : []),
  ];
  if (others.length > 0) {
    throw new UserError(`${others.join(", ")}: --discovery-file says already which cluster it is`, {
      hint: "leave it out, or --discovery-file",
    });
  }
  return { by: "file", place };
};

/** How the cluster is to be found. @throws UserError for what is missing, or too much */
const discoveryOf = async (values: JoinValues, word: string): Promise<Discovery> => {
  const file = values["discovery-file"];
  if (file !== undefined) return byFile(file, values, word);
  if (word === "")
    throw new UserError("kbs join which cluster? The address of its API server is missing, such as 10.0.0.11:6443", { hint: line });
  const { parseEndpoint } = await import("../../kube/discovery-by/endpoint.ts");
  const { parsePins } = await import("../../kube/discovery-by/pins.ts");
  const endpoint = parseEndpoint(word);
  const token = values["discovery-token"] ?? values.token;
  if (!token) throw new UserError("the token is missing by which the cluster is known: --token", { hint: line });
  const pins = parsePins(values[hashes], `--${hashes}`);
  if (pins.length > 0 || values[unsafe]) return { by: "token", endpoint, token, pins };
  throw new UserError(`--${hashes} is missing: without it whoever knows the token can pose as the cluster`, {
    hint: `${line}; where that is a risk you accept, say so by --${unsafe}`,
  });
};

const controlPlaneFlags = ["certificate-key", "apiserver-advertise-address", "apiserver-bind-port"] as const;

/** kubeadm, too, only warns of flags that a worker has no use for. */
const idleFlags = (values: JoinValues): readonly string[] => {
  const idle = values["control-plane"] ? [] : controlPlaneFlags.filter((name) => values[name] !== undefined);
  return idle.length === 0 ? [] : [`${idle.map((name) => `--${name}`).join(", ")}: not used, since --control-plane is not given`];
};

const controlPlaneOf = (values: JoinValues): JoinOptions["controlPlane"] =>
  values["control-plane"]
    ? {
        certificateKey: values["certificate-key"],
        advertiseAddress: values["apiserver-advertise-address"],
        bindPort: values["apiserver-bind-port"],
      }
    : undefined;

const byFlags = async (values: JoinValues, word: string): Promise<JoinWish> => ({
  discovery: await discoveryOf(values, word),
  tlsToken: values["tls-bootstrap-token"] ?? values.token,
  nodeName: values["node-name"],
  criSocket: values["cri-socket"],
  patches: values.patches,
  config: values.config,
  controlPlane: controlPlaneOf(values),
  ignorePreflight: values["ignore-preflight-errors"],
  skipPhases: values["skip-phases"],
  dryRun: values["dry-run"],
  warnings: idleFlags(values),
});

/** Flags that kubeadm's file says, too. */
const ofFile: readonly string[] = [
  "token",
  "discovery-token",
  "tls-bootstrap-token",
  hashes,
  unsafe,
  "discovery-file",
  "control-plane",
  "cri-socket",
  "patches",
  ...controlPlaneFlags,
];

/** As kubeadm joins both: a flag about the run adds to the file, one about the node wins over it, any other is refused. */
const withFile = (file: JoinFile, values: JoinValues, word: string): JoinWish => {
  const said = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  const mixed = said.map(([name]) => name).filter((name) => ofFile.includes(name));
  const typed = [...(word === "" ? [] : [word]), ...mixed.map((name) => `--${name}`)];
  if (typed.length > 0) {
    throw new UserError(`${typed.join(", ")} cannot be given beside --config ${values.config}, which says that`, {
      hint: "write it into the file",
    });
  }
  return {
    ...file,
    nodeName: values["node-name"] ?? file.nodeName,
    controlPlane: file.controlPlane,
    ignorePreflight: [...values["ignore-preflight-errors"], ...file.ignorePreflightErrors],
    skipPhases: values["skip-phases"].length > 0 ? values["skip-phases"] : file.skipPhases,
    dryRun: values["dry-run"] || file.dryRun,
  };
};

/** What the command line asks for, with a file where it names one. @throws UserError for what is missing, or too much; ConfigError */
export const wishOf = async (values: JoinValues, word: string): Promise<JoinWish> => {
  const { config } = values;
  const file = config === undefined ? undefined : await (await import("../../actions/join/file.ts")).readJoinFile(config);
  return file ? withFile(file, values, word) : await byFlags(values, word);
};
