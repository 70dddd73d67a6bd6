/** Least width of a column, and blanks between two: those of kubeadm's tables. */
const [leastWidth, padding] = [10, 3];

/** Characters as Go counts them. */
const lengthOf = (text: string): number => Array.from(text).length;

/** Columns as Go's text/tabwriter aligns them for kubeadm: each as wide as its longest cell, the last one as it is. */
export const aligned = (rows: readonly (readonly string[])[]): readonly string[] => {
  const columns = Math.max(...rows.map((row) => row.length)) - 1;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(leastWidth, ...rows.map((row) => lengthOf(row[column] ?? "") + padding)),
  );
  const pad = (cell: string, column: number): string => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(cell)));
  return rows.map((row) => row.map(pad).join(""));
};

/** RFC 3339, whole seconds, UTC. */
export const timeText = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number): string => String(number).padStart(2, "0");

/** `Jan 02, 2006 15:04 UTC`. */
export const dayText = (date: Date): string =>
  `${months[date.getUTCMonth()]} ${two(date.getUTCDate())}, ${date.getUTCFullYear()} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC`;

/** Two units where the smaller one is not 0. */
const pair = (large: number, unit: string, small: number, part: string): string => `${large}${unit}${small === 0 ? "" : `${small}${part}`}`;

/** Milliseconds as kubectl prints an age, to two or three figures (k8s.io/apimachinery, duration.HumanDuration). */
export const longDuration = (ms: number): string => {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return days < 8 * 365 ? pair(years, "y", days % 365, "d") : `${years}y`;
};

/** Milliseconds in one unit (the same package's ShortHumanDuration). */
export const shortDuration = (ms: number): string => {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 60) return `${Math.max(0, seconds)}s`;
  if (seconds < 3600) return `${Math.trunc(seconds / 60)}m`;
  const hours = Math.trunc(seconds / 3600);
  if (hours < 24) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  return days < 365 ? `${days}d` : `${Math.trunc(days / 365)}y`;
};
