import { type Check, everyHost } from "../check.ts";
import { listed } from "../words.ts";

export const factsKnown: Check = {
  id: "facts-known",
  question: "Could everything be learned that the other checks look at?",
  severity: "error",
  appliesTo: everyHost,
  ask: ({ facts: { unanswered } }) =>
    unanswered.length === 0
      ? undefined
      : {
          problem: `no answer about ${listed(unanswered)}`,
          remedy: "the host may be overloaded or lack basic tools (coreutils, util-linux, procps): log in, look at the load, and try again",
        },
};
