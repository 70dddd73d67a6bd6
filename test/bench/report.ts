import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import type { Stretch } from "../../src/engine/report/critical-path.ts";
import { median, seconds, spread } from "./figures.ts";
import type { Size } from "./probe.ts";
import type { KbsRun, Measured } from "./runs.ts";

/** One of each, on like hosts, one right after the other. */
export interface Pair {
  readonly kbs: KbsRun;
  readonly kubeadm: Measured;
}

export interface Connection {
  readonly host: string;
  readonly channels: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface Report {
  readonly pairs: readonly Pair[];
  readonly size: Size;
  readonly kubernetes: string;
  readonly date: Date;
  /** Of the run in the middle. */
  readonly path: readonly Stretch[];
}

const mebibytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);

export const connectionsOf = ({ events }: KbsRun): Connection[] => events.filter((event) => event.type === "connection");

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const of = (runs: readonly Measured[], figure: (run: Measured) => number): string => spread(runs.map(figure), seconds);

const times = ({ pairs }: Report): string => {
  const [kbs, kubeadm] = [pairs.map((pair) => pair.kbs), pairs.map((pair) => pair.kubeadm)];
  return table(
    ["median (least – most)", "kbs", "scripted kubeadm"],
    [
      ["seconds until ready", of(kbs, ({ ready }) => ready), of(kubeadm, ({ ready }) => ready)],
      ["processor seconds of all hosts until then", of(kbs, ({ hostsCpuMs }) => hostsCpuMs), of(kubeadm, ({ hostsCpuMs }) => hostsCpuMs)],
    ],
  );
};

const perNode = ({ pairs }: Report): string => {
  const runs = pairs.map(({ kbs }) => connectionsOf(kbs));
  const hosts = [...new Set(runs.flat().map(({ host }) => host))].toSorted();
  const rows = hosts.map((host) => {
    const found = runs.flat().filter((connection) => connection.host === host);
    const most = (figure: (connection: Connection) => number): number => Math.max(...found.map(figure));
    return [
      host,
      String(most(({ channels }) => channels)),
      mebibytes(median(found.map(({ bytesSent }) => bytesSent))),
      mebibytes(median(found.map(({ bytesReceived }) => bytesReceived))),
    ];
  });
  return table(["node", "SSH channels, at most", "MiB sent", "MiB received"], rows);
};

const whereItGoes = ({ path }: Report): string =>
  table(
    ["step that was waited for", "from (s)", "took (s)"],
    path
      .filter(({ from, to }) => to - from >= 50)
      .map(({ step, host, from, to }) => [host === undefined ? step : `${step} on ${host}`, seconds(from), seconds(to - from)]),
  );

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

/** The figures as Markdown. */
export const reportText = (report: Report): string => {
  const { pairs, size, kubernetes, date } = report;
  const ratios = pairs.map(({ kbs, kubeadm }) => kbs.ready / kubeadm.ready);
  const ratio = median(pairs.map(({ kbs }) => kbs.ready)) / median(pairs.map(({ kubeadm }) => kubeadm.ready));
  const processor = cpus();
  const memory = pairs.map(({ kbs }) => kbs.usage.maxRssKib * 1024);
  return `${date.toISOString().slice(0, 10)}, Kubernetes ${kubernetes}, ${count(size.controlPlanes, "control plane")} and ${count(size.hosts - size.controlPlanes, "worker")}, ${count(
    pairs.length,
    "pair",
  )} of runs, in turns (kbs, kubeadm,
kubeadm, kbs, …). Machine: ${processor.length} × ${processor[0]?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 1024 ** 3)} GiB, for all hosts together.

${times(report)}

kbs : scripted kubeadm = **${ratio.toFixed(2)}**, by pair ${ratios.map((each) => each.toFixed(2)).join(", ")}.

kbs itself ended ${spread(
    pairs.map(({ kbs }) => kbs.ended),
    seconds,
  )} s after its start. Its process took ${spread(memory, mebibytes)} MiB of memory at its peak, and ${spread(
    pairs.map(({ kbs }) => kbs.usage.cpuMs),
    seconds,
  )} s of processor time.

${perNode(report)}

Where the time goes, in the run of the median:

${whereItGoes(report)}
`;
};

const fleetMarker = { begin: "<!-- figures: written by npm run bench -->", end: "<!-- end of figures -->" };
export const haMarker = { begin: "<!-- ha figures: written by npm run bench -- ha -->", end: "<!-- end of ha figures -->" };
export const initMarker = { begin: "<!-- init figures: written by npm run bench -- init -->", end: "<!-- end of init figures -->" };

/** Puts the figures into a document, between its markers. @throws Error when it has none. */
export const writeReport = async (file: string, text: string, marker = fleetMarker): Promise<void> => {
  const document = await readFile(file, "utf8");
  const [begin, end] = [document.indexOf(marker.begin), document.indexOf(marker.end)];
  if (begin < 0 || end < begin) throw new Error(`${file} has no place for figures: it lacks "${marker.begin}" and "${marker.end}"`);
  await writeFile(file, `${document.slice(0, begin)}${marker.begin}\n\n${text}\n${document.slice(end)}`);
};
