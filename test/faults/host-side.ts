import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../lab/index.ts";
import { type Boundary, passedIn } from "./boundary.ts";
import { meetingPlace } from "./instrument.ts";

/** A host's own /run, which a fresh boot brings up empty. @throws Error when the host is down */
const placeOf = async (host: LabHost): Promise<string> => `/proc/${await host.leaderPid()}/root${meetingPlace}`;

/** Lets a host's scripts count their boundaries from here on, and stop at the first of those that are named. */
export const watch = async (host: LabHost, at: readonly Boundary[] = []): Promise<void> => {
  const place = await placeOf(host);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { mode: 0o700 });
  const own = at.filter((boundary) => boundary.host === host.name);
  if (own.length > 0) writeFileSync(join(place, "at"), own.map(({ word, what, nth }) => `${nth} ${word} ${what}\n`).join(""));
};

/** A script that stands at a boundary. */
export interface Stopped {
  readonly boundary: Boundary;
  /** As the host numbers it. */
  readonly session: number;
}

/** The first script of a host that stands at a boundary. */
export const stoppedOn = async (host: LabHost): Promise<Stopped | undefined> => {
  const file = join(await placeOf(host), "reached");
  if (!existsSync(file)) return undefined;
  const [session, nth, word = "", ...what] = readFileSync(file, "utf8").trimEnd().split(" ");
  return { session: Number(session), boundary: { host: host.name, word, what: what.join(" "), nth: Number(nth) } };
};

/** Lets the script go on that stands at its boundary, and no other one stop. */
export const letGo = async (host: LabHost): Promise<void> => {
  const place = await placeOf(host);
  rmSync(join(place, "at"), { force: true });
  writeFileSync(join(place, "go"), "");
};

/** The boundaries that a host's scripts have passed, and when. */
export const passedOn = async (host: LabHost): Promise<ReturnType<typeof passedIn>> => {
  const file = join(await placeOf(host), "passed");
  return existsSync(file) ? passedIn(host.name, readFileSync(file, "utf8")) : [];
};

/** Takes all that away, so that the host is as without this bench. */
export const unwatch = async (host: LabHost): Promise<void> => rmSync(await placeOf(host), { recursive: true, force: true });

/** What a host's journal says; undefined when there is none. */
export const journalText = ({ varLibDirectory }: LabHost): string | undefined => {
  const file = join(varLibDirectory, "kbs/journal");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
};

/** The lines of a host's journal that tell of changes; undefined when there is no journal. */
export const journalLines = (host: LabHost): number | undefined =>
  journalText(host)
    ?.split("\n")
    .filter((line) => line !== "").length;
