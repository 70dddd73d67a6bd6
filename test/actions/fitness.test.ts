import { expect, test } from "vitest";
import { fitHosts } from "../../src/actions/fitness.ts";
import type { Survey } from "../../src/actions/survey.ts";
import { createBus } from "../../src/engine/events.ts";
import { cluster, w1 } from "../templates/cluster.ts";

test("a worker that joins by itself, and knows no control plane, may take part", () => {
  const survey = {
    cluster: { ...cluster, hosts: [w1] },
    facts: new Map([[w1.name, {}]]),
    failures: new Map(),
    chosen: new Set([w1.name]),
    isNew: true,
  };
  const results = { hosts: [{ host: w1.name, asked: 1, passed: 1 }], findings: [] };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a survey nothing else is asked
  const { fit, exit } = fitHosts(survey as unknown as Survey, results, { keepGoing: false, bus: createBus(), file: "" });
  expect([[...fit], exit]).toEqual([[w1.name], "done"]);
});
