import type { Document } from "yaml";
import { isMap } from "../../shared/is-map.ts";
import { parseSource, type SourceFile, toData } from "../document.ts";
import { offsetOf, type Report, reporter, syntaxProblems } from "../places.ts";
import { ConfigError, type Finding, type Problem, show, sortProblems } from "../problems.ts";
import { readSource, type Source } from "../read-source.ts";
import type { Path } from "../schema.ts";
import { intactness } from "../shape.ts";
import type { Documents, Kind } from "./file-types.ts";
import { kubeadmSecretRanges, registerSecrets } from "./key-secrets.ts";
import { isKind, judgeKind, judgeOf } from "./kinds.ts";
import { checkKubeadmMeaning } from "./rules/index.ts";
import type { KubeadmFinding } from "./rules/rule.ts";
import type { KubeadmVersion } from "./schema-kubeadm.ts";
import { withoutNulls } from "./written.ts";

/** A file of kubeadm's that is right: its documents as written, and how to tell where something in them stands. */
export interface KubeadmFile {
  /** As the user named it; `-` for standard input. */
  readonly name: string;
  readonly documents: Documents;
  readonly warnings: readonly Problem[];
  /** The place of what is to be said about a document. */
  readonly place: (finding: KubeadmFinding) => Problem;
}

interface Entry {
  readonly kind: Kind;
  readonly version: KubeadmVersion;
  readonly document: Document.Parsed;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Split {
  readonly entries: readonly Entry[];
  readonly findings: readonly { readonly document: Document.Parsed; readonly finding: Finding }[];
}

/** One document of each kind, and what is to be said of the others. */
const split = (file: SourceFile, mayBeOld: boolean): Split => {
  const entries: Entry[] = [];
  const findings: { document: Document.Parsed; finding: Finding }[] = [];
  for (const document of file.documents) {
    const tell = (finding: Finding): unknown => findings.push({ document, finding });
    const read = toData(document);
    if ("message" in read) tell({ path: [], message: read.message });
    else if (read.data === null || read.data === undefined) continue;
    else if (!isMap(read.data)) tell({ path: [], message: `must be a map (key: value), not ${show(read.data)}` });
    else {
      const { apiVersion, kind } = read.data;
      const wrong = judgeKind(apiVersion, kind, mayBeOld);
      if (wrong !== undefined) tell(wrong);
      else if (!isKind(kind)) throw new Error("a kind was judged right that is none");
      else if (entries.some((entry) => entry.kind === kind)) tell({ path: ["kind"], message: `a second document of kind ${kind}` });
      else {
        const version = apiVersion === "kubeadm.k8s.io/v1beta3" ? "v1beta3" : "v1beta4";
        entries.push({ kind, version, document, data: withoutNulls(read.data) });
      }
    }
  }
  return { entries, findings };
};

interface Judged {
  readonly documents: Documents;
  readonly intact: (kind: Kind, path: Path) => boolean;
  readonly shape: readonly KubeadmFinding[];
}

/** The shape of all documents; those that have one nobody can read become empty maps. */
const judgeShapes = (entries: readonly Entry[]): Judged => {
  const shape: KubeadmFinding[] = [];
  const read = entries.map(({ kind, version, data }): [Kind, unknown] => {
    const { judge } = judgeOf(kind, version);
    const found = judge.check(data);
    shape.push(...found.map((finding) => ({ ...finding, kind })));
    const pruned = judge.prune(data, found);
    const { apiVersion: _, kind: __, ...rest } = isMap(pruned) && judge.isGappy(pruned) ? pruned : {};
    return [kind, rest];
  });
  const intact = (kind: Kind, path: Path): boolean => intactness(shape.filter((finding) => finding.kind === kind))(path);
  return { documents: Object.fromEntries(read), intact, shape };
};

interface Opened {
  readonly report: Report;
  readonly file: SourceFile;
  readonly entries: readonly Entry[];
  /** What is wrong before any document is looked into. */
  readonly problems: readonly Problem[];
}

const empty = (source: Source): Problem => ({
  severity: "error",
  file: source.name,
  path: "",
  message: "the configuration is empty",
  hint: "`kbs config print init-defaults` prints one to start from",
});

const open = (source: Source, mayBeOld: boolean): Opened => {
  const file = parseSource(source.text);
  const report = reporter(source, file, file.documents.flatMap(kubeadmSecretRanges));
  if (file.syntax.length > 0) return { report, file, entries: [], problems: syntaxProblems(file, report) };
  const { entries, findings } = split(file, mayBeOld);
  const problems = findings.map(({ document, finding }) => report(offsetOf(document, finding), finding));
  return { report, file, entries, problems: entries.length === 0 && problems.length === 0 ? [empty(source)] : problems };
};

const placer =
  ({ entries, report }: Opened) =>
  ({ kind, ...finding }: KubeadmFinding): Problem => {
    const entry = entries.find((one) => one.kind === kind);
    const named: Finding = { ...finding, path: [kind, ...finding.path] };
    // A document that is not there has no place: the first one stands for the file.
    const document = entry?.document ?? entries[0]?.document;
    return report(document === undefined ? 0 : offsetOf(document, entry === undefined ? { ...finding, path: [] } : finding), named);
  };

const finish = (file: KubeadmFile, problems: readonly Problem[]): KubeadmFile => {
  const sorted = sortProblems(problems);
  if (sorted.some(({ severity }) => severity === "error")) throw new ConfigError(sorted);
  return { ...file, warnings: sorted };
};

/**
 * Reads the text of a file of kubeadm's: every kind of v1beta4, KubeletConfiguration and KubeProxyConfiguration. Pure but for `secrets`, in which its tokens
 * and keys are registered.
 * @throws ConfigError with all problems at once
 */
export const readKubeadmText = (source: Source): KubeadmFile => {
  const opened = open(source, false);
  const { documents, intact, shape } = judgeShapes(opened.entries);
  registerSecrets(documents);
  const place = placer(opened);
  const findings = [...shape, ...checkKubeadmMeaning({ documents, intact })];
  return finish({ name: source.name, documents, warnings: [], place }, [...opened.problems, ...findings.map(place)]);
};

/**
 * Reads a file of kubeadm's, see `readKubeadmText`.
 * @param path of the file, or `-` for standard input
 * @throws ConfigError with all problems at once; UserError when the file cannot be read
 */
export const readKubeadmFile = async (path: string, stdin: AsyncIterable<string | Uint8Array> = process.stdin): Promise<KubeadmFile> =>
  readKubeadmText(await readSource(path, stdin));

/** A file for migration: documents may be of v1beta3; their meaning is judged after they were converted. */
export type OldFile = Pick<KubeadmFile, "documents" | "place">;

/** @throws ConfigError for documents that are no YAML, of the wrong kind or shape */
export const readOldText = (source: Source): OldFile => {
  const opened = open(source, true);
  const { documents, shape } = judgeShapes(opened.entries);
  registerSecrets(documents);
  const place = placer(opened);
  const problems = sortProblems([...opened.problems, ...shape.map(place)]);
  if (problems.length > 0) throw new ConfigError(problems);
  return { documents, place };
};
