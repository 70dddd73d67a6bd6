import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../lab/index.ts";
import { type Boundary, passedIn } from "./boundary.ts";
import { meetingPlace } from "./instrument.ts";

/** A host's own /run, which a fresh boot brings up empty. @throws Error when the host is down */
const placeOf = async (host: LabHost): Promise<string> => `/proc/${await host.leaderPid()}/root${meetingPlace}`;

/** Lets a host's scripts count their boundaries from here on, and stop at one of them if one is named. */
export const watch = async (host: LabHost, at?: Boundary): Promise<void> => {
  const place = await placeOf(host);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { mode: 0o700 });
  if (!at) return;
  writeFileSync(join(place, "nth"), String(at.nth));
  writeFileSync(join(place, "at"), `${at.word} ${at.what}`);
};

/** The session of the script that stands at its boundary, as the host numbers it. */
export const stoppedOn = async (host: LabHost): Promise<number | undefined> => {
  const file = join(await placeOf(host), "reached");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
};

/** Lets the script go on that stands at its boundary. */
export const letGo = async (host: LabHost): Promise<void> => writeFileSync(join(await placeOf(host), "go"), "");

/** The boundaries that a host's scripts have passed, and when. */
export const passedOn = async (host: LabHost): Promise<ReturnType<typeof passedIn>> => {
  const file = join(await placeOf(host), "passed");
  return existsSync(file) ? passedIn(host.name, readFileSync(file, "utf8")) : [];
};

/** Takes all that away, so that the host is as without this bench. */
export const unwatch = async (host: LabHost): Promise<void> => rmSync(await placeOf(host), { recursive: true, force: true });

/** The lines of a host's journal that tell of changes; undefined when there is no journal. */
export const journalLines = (host: LabHost): number | undefined => {
  const file = join(host.varLibDirectory, "kbs/journal");
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "").length;
};
