import type { ActTools, Phase } from "../changes/phase.ts";
import { undoScript } from "../changes/sh/undo.ts";
import { UserError } from "../shared/errors.ts";
import type { ResetContext } from "./common/reset-context.ts";
import { stopScript } from "./common/stop-script.ts";
import { everyHost } from "./context.ts";

/** Milliseconds for each of the two steps. */
const within = 300_000;

const run = async (context: ResetContext, host: string, script: string, what: string, { signal }: ActTools): Promise<string> => {
  const { records } = await context.door(host).send({ kind: "run", script, ticket: context.ticket }, { signal, timeout: within });
  const [record] = records;
  if (record?.code === 0) return record.output.toString().trim();
  throw new UserError(`${what} did not succeed`, {
    exit: "phase",
    host,
    output: record?.output.toString() ?? "",
    hint: "mend what is named, then run the same command again: it goes on where this one stopped",
  });
};

/** Gives: a host on which nothing of the cluster runs any more. */
export const stopNode: Phase<ResetContext> = {
  id: "stop-node",
  title: "Stop what runs",
  hosts: everyHost,
  act: async (context, host, tools) => {
    await run(context, host, `${stopScript}\nexit 0`, "stopping the cluster's processes", tools);
    return { changed: [`stopped what kbs has started: kubelet and containers, or etcd`] };
  },
};

/** Needs: nothing runs. Gives: a host as it was before kbs came, from its own before-images. */
export const undoChanges: Phase<ResetContext> = {
  id: "undo-changes",
  title: "Take back what was changed",
  hosts: everyHost,
  needs: [{ phase: "stop-node", on: "here" }],
  act: async (context, host, tools) => {
    const left = await run(context, host, undoScript, "taking back what was changed", tools);
    for (const line of left.split("\n").filter(Boolean)) tools.warn(line);
    return { changed: ["everything that kbs changed is as it was before"] };
  },
};
