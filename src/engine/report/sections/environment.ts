import { amount, plural } from "../../progress/words.ts";
import { html, type Markup } from "../markup.ts";
import type { HostRecord, RunRecord } from "../record.ts";
import { hostNames, type Section, scrolling, table } from "./shared.ts";

const unknown = "not told";
const gibibytes = (bytes: number | undefined): string => (bytes === undefined ? unknown : `${(bytes / 1024 ** 3).toFixed(1)} GiB`);

const fact = (label: string, value: Markup): Markup => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;

const hostColumns = [
  { title: "Hosts" },
  { title: "System" },
  { title: "Kernel" },
  { title: "Architecture" },
  { title: "CPUs", numeric: true },
  { title: "Memory", numeric: true },
  { title: "Virtualization" },
];

/** Hosts of one kind share a row. */
const machineRows = (hosts: readonly HostRecord[]): readonly (readonly string[])[] => {
  const told = hosts.flatMap(({ name, machine }) => {
    if (machine === undefined) return [];
    const { os, kernel, architecture, cpus, memory, virtualization } = machine;
    const cells = [os ?? unknown, kernel ?? unknown, architecture ?? unknown, String(cpus ?? unknown), gibibytes(memory)];
    return [{ name, cells: [...cells, virtualization === "none" ? "none, bare metal" : (virtualization ?? unknown)] }];
  });
  return [...Map.groupBy(told, ({ cells }) => JSON.stringify(cells)).values()].map((group) => [
    hostNames(
      group.map(({ name }) => name),
      6,
    ),
    ...(group[0]?.cells ?? []),
  ]);
};

const operatorFacts = ({ version, started, bundles }: RunRecord): Markup => {
  const operator = started?.operator;
  return html`<dl class="facts">
${fact("kbs", html`${version.kbs}, events ${version.events}`)}
${operator && fact("Operator's machine", html`${operator.system}, ${operator.architecture}, Node.js ${operator.node}`)}
${started?.kubernetes !== undefined && fact("Kubernetes", html`${started.kubernetes}`)}
${bundles.map(({ platform, kubernetes, digest, path }) => fact(`Bundle for ${platform}`, html`Kubernetes ${kubernetes}<br><code class="line">${digest}</code><br><code class="line">${path}</code>`))}
</dl>`;
};

/** With what and on what the run was made. */
export const environmentSection = (run: RunRecord): Section => {
  const rows = machineRows([...run.hosts.values()]);
  const machines = scrolling("Hosts' machines", table("Hosts' machines, as they told themselves", hostColumns, rows));
  return { id: "environment", title: "Environment", body: html`${operatorFacts(run)}${rows.length > 0 && machines}` };
};

const mostRows = 40;

const connectionColumns = [
  { title: "Host" },
  { title: "SSH channels", numeric: true },
  { title: "Sent", numeric: true },
  { title: "Received", numeric: true },
];

/** What went through each host's one connection; of many hosts those with the most bytes. */
export const connectionsSection = ({ hosts }: RunRecord): Section => {
  const all = [...hosts.values()].flatMap(({ name, connection }) => (connection ? [{ name, ...connection }] : []));
  const most = all.length <= mostRows ? all : all.toSorted((a, b) => b.bytesSent - a.bytesSent).slice(0, mostRows);
  const rows = most.map(({ name, channels, bytesSent, bytesReceived }) => [
    name,
    String(channels),
    amount(bytesSent),
    amount(bytesReceived),
  ]);
  const total = (of: (one: (typeof all)[number]) => number): number => all.reduce((sum, one) => sum + of(one), 0);
  const sums = [
    `All ${plural(all.length, "host")}`,
    String(total(({ channels }) => channels)),
    amount(total(({ bytesSent }) => bytesSent)),
  ];
  const bodyRows = all.length > 1 ? [...rows, [...sums, amount(total(({ bytesReceived }) => bytesReceived))]] : rows;
  const note = all.length > mostRows && html`<p class="muted">The ${mostRows} hosts to which most was sent.</p>`;
  const body = html`${table("Bytes through each host's one connection, without SSH's own", connectionColumns, bodyRows)}${note}`;
  return { id: "connections", title: "Connections", body: all.length === 0 ? undefined : body };
};
