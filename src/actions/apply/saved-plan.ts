import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Plan } from "../../engine/plan/plan.ts";
import { UserError } from "../../shared/errors.ts";
import { writeOwnFile } from "../../shared/own-file.ts";
import { secrets } from "../../shared/secrets.ts";
import { sha256 } from "../../shared/sha256.ts";
import { changedFacts, type FactsReliedOn } from "./facts-relied-on.ts";

const schema = "kbs/saved-plan/v1";

/** A plan as it is kept in a file. It holds no secret: contents are told by digests, and lines of difference stay out of it. */
export interface SavedPlan {
  readonly schema: typeof schema;
  /** When it was made: RFC 3339. */
  readonly made: string;
  readonly configuration: { readonly path: string; readonly sha256: string };
  readonly cluster: { readonly id: string; readonly name: string; readonly isNew: boolean };
  /** What the command line had a say in, and has again when the plan is applied. */
  readonly options: PlanOptionsSaved;
  readonly plan: Plan;
  readonly facts: FactsReliedOn;
}

export interface PlanOptionsSaved {
  readonly limit: readonly string[];
  readonly maxUnavailable: number;
  readonly keepGoing: boolean;
  readonly ignorePreflight: readonly string[];
  readonly bundle?: string;
}

/** The digest of a configuration's file. @throws UserError when it cannot be read */
const configurationDigest = async (path: string): Promise<string> => {
  const content = await readFile(path).catch((error: unknown) => {
    throw new UserError(`cannot read the configuration ${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
  return sha256(content);
};

/** `JSON.stringify` leaves out what is undefined. */
const withoutDiffs = (plan: Plan) => ({
  ...plan,
  units: plan.units.map((unit) => ({ ...unit, changes: unit.changes.map((change) => ({ ...change, diff: undefined })) })),
});

/** Writes a plan where only its owner can read it. @throws UserError for a configuration from standard input, and when the place is refused */
export const savePlan = async (
  path: string,
  saved: Omit<SavedPlan, "schema" | "made" | "configuration">,
  source: string,
): Promise<void> => {
  if (source === "-") {
    throw new UserError("a plan of a configuration from standard input cannot be saved", {
      hint: "write the configuration into a file: applying the plan reads it again",
    });
  }
  const configuration = { path: resolve(source), sha256: await configurationDigest(source) };
  const whole = { schema, made: new Date().toISOString(), configuration, ...saved, plan: withoutDiffs(saved.plan) };
  await writeOwnFile(path, `${secrets.mask(JSON.stringify(whole, null, 2))}\n`);
};

const unusable = (path: string, why: string): UserError =>
  new UserError(`${path} is no plan that this kbs can apply: ${why}`, {
    hint: '"kbs plan --out FILE" writes one; a configuration is named by -f',
  });

const isSavedPlan = (value: unknown): value is SavedPlan =>
  typeof value === "object" &&
  value !== null &&
  "schema" in value &&
  value.schema === schema &&
  ["configuration", "cluster", "options", "plan", "facts"].every((key) => key in value);

/** Reads a plan that was saved. @throws UserError for any other file */
export const readPlan = async (path: string): Promise<SavedPlan> => {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw unusable(path, error instanceof Error ? error.message : String(error));
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unusable(path, "it is not JSON");
  }
  if (isSavedPlan(value)) return value;
  throw unusable(path, `its schema is not ${schema}`);
};

/** More are counted: an error shows some dozen lines. */
const shownFacts = 10;

const stale = (path: string, facts: readonly string[]): UserError =>
  new UserError(`the plan ${path} no longer holds; nothing was changed`, {
    output: [...facts.slice(0, shownFacts), ...(facts.length > shownFacts ? [`and ${facts.length - shownFacts} more`] : [])].join("\n"),
    hint: "make the plan anew and look at it: what it relied on has changed since",
  });

/** @throws UserError when the configuration is not the one that the plan was made from */
export const refuseOtherConfiguration = async (path: string, { configuration }: SavedPlan): Promise<void> => {
  if ((await configurationDigest(configuration.path)) === configuration.sha256) return;
  throw stale(path, [`the configuration ${configuration.path} has changed since the plan was made`]);
};

/** @throws UserError with each fact that has changed since the plan was made */
export const refuseStale = (path: string, saved: SavedPlan, now: { readonly facts: FactsReliedOn; readonly isNew: boolean }): void => {
  const gone = saved.cluster.isNew && !now.isNew ? [`the cluster ${saved.cluster.name} has been made meanwhile`] : [];
  const facts = [...gone, ...changedFacts(saved.facts, now.facts)];
  if (facts.length > 0) throw stale(path, facts);
};
