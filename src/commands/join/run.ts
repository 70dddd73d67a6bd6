import type { JoinOptions } from "../../actions/join/join.ts";
import type { FleetOptions } from "../../actions/options.ts";
import { proxyVariables } from "../../config/proxy-variables.ts";
import { type ExitName, UserError } from "../../shared/errors.ts";
import { isRoot } from "../../shared/is-root.ts";
import type { Context } from "../command.ts";
import { machineSession } from "../machine-session.ts";
import { planAnswer } from "../plan-answer.ts";
import { withSession } from "../session.ts";
import type { JoinValues } from "./flags.ts";
import type { JoinWish } from "./wish.ts";

const optionsOf = ({ wish: { warnings, ...wish }, only, context }: Asked, fleet: FleetOptions): JoinOptions => {
  for (const text of warnings) fleet.bus.emit({ type: "warning", text });
  return { ...fleet, ...wish, ...(only && { only }), proxyVariables: proxyVariables(context.io.env), isRoot: isRoot() };
};

const dryRun = (asked: Asked) => {
  const { path, values, context } = asked;
  return withSession({ ...machineSession(path, values, context), kind: "read", keepsNothing: true }, async ({ options: fleet, answer }) => {
    const { planJoin } = await import("../../actions/join/join.ts");
    const { outcome, plan } = await planJoin(optionsOf(asked, fleet));
    answer(await planAnswer(plan, values.output, context));
    return outcome;
  });
};

interface Asked {
  readonly path: readonly string[];
  readonly values: JoinValues;
  readonly wish: JoinWish;
  readonly only?: JoinOptions["only"];
  readonly context: Context;
}

/** A join, or one phase of it, as it was asked for; a dry run of it where that was. */
const runWish = async (asked: Asked): Promise<ExitName> => {
  const { path, values, wish, only, context } = asked;
  if (wish.dryRun) return await dryRun(asked);
  const unchanged = only ? "it is as it was asked for" : "the machine is a node of this cluster already";
  return await withSession({ ...machineSession(path, values, context), kind: "run", unchanged }, async ({ options: fleet }) => {
    const { joinCluster } = await import("../../actions/join/join.ts");
    return await joinCluster(optionsOf(asked, fleet));
  });
};

/**
 * Reads what is asked for, and does it. What cannot be read is a run's error, too, which `--output json` tells as an event; of such a line nothing is kept,
 * since a token may stand anywhere in it.
 */
export const runJoinCommand = async ({ wish, ...asked }: Omit<Asked, "wish"> & { readonly wish: Promise<JoinWish> }): Promise<ExitName> => {
  const { path, values, context } = asked;
  const read = await wish.catch((thrown: unknown) => ({ thrown }));
  if (!("thrown" in read)) return await runWish({ ...asked, wish: read });
  const { thrown } = read;
  if (!(thrown instanceof UserError)) throw thrown;
  const kind = values["dry-run"] ? "read" : "run";
  return await withSession({ ...machineSession(path, values, context), kind, keepsNothing: true }, () => Promise.reject(thrown));
};
