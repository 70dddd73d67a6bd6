import { sha256 } from "../shared/sha256.ts";
import { changeId, type HostChange, loadedBy } from "./change.ts";
import type { Message, Record } from "./message.ts";

const digest = (content: string | Buffer): string => sha256(content).slice(0, 12);

/** A change as a line of a log: what is wished, never a file's content. */
const wish = (change: HostChange): string => {
  const id = changeId(change);
  switch (change.kind) {
    case "file":
      return `${id} file ${change.mode.toString(8)} ${Buffer.byteLength(change.content)} bytes${change.secret ? "" : ` sha256 ${digest(change.content)}`}`;
    case "made":
      return `${id} ${change.mode.toString(8)} ${change.reason ?? "kept"}`;
    case "directory":
      return `${id} directory ${change.mode.toString(8)}`;
    case "binary":
      return `${id} executable sha256 ${change.digest.slice(0, 12)}`;
    case "images":
      return `${id} ${change.images.map(({ name }) => name).join(" ")}`;
    case "command":
      return `${id}\n    check $ ${change.check}\n    apply $ ${change.apply}`;
    case "service":
      return `${id} inputs ${loadedBy(change).join(" ")}`;
    case "absent":
    case "module":
    case "sysctl":
    case "swap":
    case "hostname":
    case "static-pod":
      return `${id} ${change.kind}`;
  }
};

const said = ({ state, code, output }: Record): string => {
  const text = output.toString().trimEnd();
  return `  -> ${state}${code === 0 ? "" : ` (code ${code})`}${text && `: ${text.replaceAll("\n", "\n     ")}`}`;
};

/** A message and its records as the log of a run tells them: every command with its output, less what is secret. */
export const describeExchange = (message: Message, records: readonly Record[]): { readonly what: string; readonly output: string } => {
  const byIndex = new Map(records.map((record) => [record.index, record]));
  const lines = <T>(items: readonly T[], line: (item: T) => string, hidden: (item: T) => boolean = () => false): string =>
    items
      .flatMap((item, index) => {
        const record = byIndex.get(index);
        return [line(item), ...(record ? [hidden(item) ? "  -> answered (secret)" : said(record)] : [])];
      })
      .join("\n");
  switch (message.kind) {
    case "ask":
      return {
        what: `ask ${message.questions.length} questions`,
        output: lines(
          message.questions,
          ({ id }) => id,
          ({ secret }) => secret === true,
        ),
      };
    case "change":
      return { what: `${message.reading} ${message.changes.length} changes`, output: lines(message.changes, wish) };
    case "blobs":
      return {
        what: `send ${message.blobs.length} blobs`,
        output: lines(message.blobs, ({ digest: name, size }) => `${name} ${size} bytes`),
      };
    case "run":
      return {
        what: "run",
        output: lines(
          [message],
          ({ script }) => `$ ${script.trim()}`,
          ({ secret }) => secret === true,
        ),
      };
  }
};
