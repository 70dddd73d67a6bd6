import { dirname, resolve } from "node:path";
import type { Document } from "yaml";
import { isMap } from "../shared/is-map.ts";
import { parseSource, type SourceFile, toData } from "./document.ts";
import type { HostFile } from "./file-types.ts";
import { judgeForeign } from "./foreign.ts";
import { offsetOf, reporter, syntaxProblems } from "./places.ts";
import { checkSecrets, secretRanges } from "./plain-secrets.ts";
import { ConfigError, type Finding, formatPath, type Problem, sortProblems } from "./problems.ts";
import { readSource, type Source } from "./read-source.ts";
import { resolveCluster } from "./resolve.ts";
import { checkMeaning } from "./rules/index.ts";
import { checkShape, intactness, isGappy, prune } from "./shape.ts";
import { type Environment, fillIn } from "./substitute.ts";
import type { Cluster } from "./types.ts";

export { ConfigError, formatProblems, type Problem } from "./problems.ts";
export { resolveSecrets } from "./secret-references.ts";

export interface LoadOptions {
  /** What `-` reads. Default: standard input. */
  readonly stdin?: AsyncIterable<string | Uint8Array>;
  /** Where `${NAME}` looks. Default: this process's environment. */
  readonly env?: Environment;
  /** The hosts of a file that names none, or how to find them out where it does not, by what it says of Services. */
  readonly hosts?: readonly HostFile[] | ((serviceSubnet: string | undefined) => readonly HostFile[]);
}

interface Candidate {
  readonly document: Document.Parsed;
  readonly data: unknown;
}

/** The one document that describes the cluster, and what is to be said of the others. */
const chooseDocument = (file: SourceFile): { chosen?: Candidate; findings: { document: Document.Parsed; finding: Finding }[] } => {
  const findings: { document: Document.Parsed; finding: Finding }[] = [];
  let chosen: Candidate | undefined;
  for (const document of file.documents) {
    const read = toData(document);
    if ("message" in read) {
      findings.push({ document, finding: { path: [], message: read.message } });
      continue;
    }
    const { data } = read;
    if (data === null || data === undefined) continue;
    const foreign = judgeForeign(data);
    const second = { path: [], message: "this is a second document; a configuration describes one cluster" };
    const finding = foreign ?? (chosen === undefined ? undefined : second);
    if (finding === undefined) chosen = { document, data };
    else findings.push({ document, finding });
  }
  return { ...(chosen === undefined ? {} : { chosen }), findings };
};

/** What a file leaves to its reader. */
interface Filling {
  readonly env: Environment;
  readonly hosts: LoadOptions["hosts"];
}

interface Judged {
  readonly cluster?: Cluster;
  readonly findings: readonly Finding[];
}

/** The file with the hosts that it leaves out; what has no room for them stays as it is. */
const withHosts = (data: unknown, hosts: NonNullable<LoadOptions["hosts"]>): unknown => {
  if (!isMap(data)) return data;
  const { spec = {} } = data;
  if (!isMap(spec) || spec["hosts"] !== undefined) return data;
  const { serviceSubnet } = isMap(spec["kubernetes"]) ? spec["kubernetes"] : {};
  const found = typeof hosts === "function" ? hosts(typeof serviceSubnet === "string" ? serviceSubnet : undefined) : hosts;
  return { ...data, spec: { ...spec, hosts: found } };
};

const judge = ({ document, data }: Candidate, source: Source, { env, hosts }: Filling): Judged => {
  const found = fillIn(document, data, env);
  const filled = hosts ? { ...found, data: withHosts(found.data, hosts) } : found;
  const unset = new Set(filled.findings.map(({ path }) => formatPath(path)));
  const shape = [...filled.findings, ...checkShape(filled.data).filter(({ path }) => !unset.has(formatPath(path)))];
  const file = prune(filled.data, shape);
  if (!isGappy(file)) return { findings: shape };
  const folder = source.name === "-" ? process.cwd() : dirname(resolve(source.name));
  const cluster = resolveCluster(file, source.name, folder);
  const meaning = checkMeaning({ file, cluster, intact: intactness(shape) });
  return { cluster, findings: [...shape, ...meaning, ...checkSecrets(document, file, source.openToOthers)] };
};

/**
 * Judges the text of a configuration. Pure but for `secrets`, in which secrets that are written out are registered.
 * @returns every problem, sorted by place; a cluster unless one of them is an error
 */
const readConfig = (source: Source, filling: Filling): { cluster?: Cluster; problems: readonly Problem[] } => {
  const file = parseSource(source.text);
  const report = reporter(source, file, file.documents.flatMap(secretRanges));
  if (file.syntax.length > 0) return { problems: syntaxProblems(file, report) };
  const { chosen, findings } = chooseDocument(file);
  const others = findings.map(({ document, finding }) => report(offsetOf(document, finding), finding));
  if (chosen === undefined) {
    const empty: Problem = {
      severity: "error",
      file: source.name,
      path: "",
      message: "the configuration is empty",
      hint: "`kbs create config` prints one to start from",
    };
    return { problems: others.length > 0 ? sortProblems(others) : [empty] };
  }
  const judged = judge(chosen, source, filling);
  const problems = sortProblems([...others, ...judged.findings.map((finding) => report(offsetOf(chosen.document, finding), finding))]);
  return judged.cluster === undefined || problems.some(({ severity }) => severity === "error")
    ? { problems }
    : { cluster: judged.cluster, problems };
};

/**
 * Loads a configuration, YAML or JSON.
 * @param source path of a file, or `-` for standard input
 * @throws ConfigError with all problems at once; UserError when the source cannot be read
 */
export const loadConfig = async (
  source: string,
  options: LoadOptions = {},
): Promise<{ cluster: Cluster; warnings: readonly Problem[] }> => {
  const read = await readSource(source, options.stdin ?? process.stdin);
  const { cluster, problems } = readConfig(read, { env: options.env ?? process.env, hosts: options.hosts });
  if (cluster === undefined) throw new ConfigError(problems);
  return { cluster, warnings: problems };
};
