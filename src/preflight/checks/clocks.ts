import { clockOffset } from "../../facts/index.ts";
import { type Check, everyHost, type Finding } from "../check.ts";
import { once } from "../fleet.ts";
import { span } from "../words.ts";

/** Milliseconds. Certificates begin five minutes in the past, so half a minute is still harmless to them but no accident any more. */
const tolerated = 2_000;
const far = 30_000;

const remedy = 'set the clock right and keep it so: enable chrony or systemd-timesyncd, then "timedatectl" tells';

const judge = (ms: number, within: number, against: string): Finding | undefined => {
  const certain = Math.abs(ms) - within;
  if (certain <= tolerated) return undefined;
  return {
    problem: `the clock is ${span(ms)} ${ms > 0 ? "ahead of" : "behind"} ${against}`,
    remedy,
    severity: certain > far ? "error" : "warning",
  };
};

export const clockOperator: Check = {
  id: "clock-operator",
  question: "Does the host's clock agree with that of the machine on which kbs runs?",
  severity: "error",
  appliesTo: ({ host }) => !host.local,
  ask: ({ facts }) => {
    const offset = clockOffset(facts);
    return offset === undefined ? undefined : judge(offset.ms, offset.within, "this machine's");
  },
};

/** Measured against the host whose clock is in the middle, so that one wrong clock does not accuse the others. */
const middle = once((fleet) => {
  const known = [...fleet].flatMap(([name, facts]) => {
    const offset = clockOffset(facts);
    return offset === undefined ? [] : [{ name, ...offset }];
  });
  return known.toSorted((a, b) => a.ms - b.ms)[Math.floor((known.length - 1) / 2)];
});

export const clockHosts: Check = {
  id: "clock-hosts",
  question: "Do the clocks of the hosts agree with each other?",
  severity: "error",
  appliesTo: ({ others }) => others.size > 0,
  ask: (context) => {
    const [mine, reference] = [clockOffset(context.facts), middle(context)];
    if (mine === undefined || reference === undefined || reference.name === context.host.name) return undefined;
    return judge(mine.ms - reference.ms, mine.within + reference.within, `that of ${reference.name}`);
  },
};

export const timeSync: Check = {
  id: "time-sync",
  question: "Does something keep the clock right?",
  severity: "warning",
  appliesTo: everyHost,
  ask: ({ facts }) =>
    facts.timeSync === "not-synchronised"
      ? { problem: "nothing keeps the clock synchronised", remedy: "enable chrony or systemd-timesyncd" }
      : undefined,
};
