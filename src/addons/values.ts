import type { SchemaNode } from "../config/schema-node.ts";
import type { Fragment } from "../config/types.ts";
import { UserError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";

/** An add-on's name and the shape of its values. */
interface Shape {
  readonly name: string;
  readonly values: SchemaNode;
}

/** @throws UserError for a value that the add-on does not know, with the nearest one that it knows */
export const refuseUnknown = ({ name, values }: Shape, given: Fragment): void => {
  const known = Object.keys(values.properties ?? {});
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const guess = nearest(key, known);
    throw new UserError(`add-on ${name}: it has no value "${key}"`, {
      hint: `${guess === undefined ? "" : `did you mean "${guess}"? `}it has ${known.join(", ")}`,
    });
  }
};

/** A whole number of an add-on's values, or its default. @throws UserError for anything else, or one out of range */
export const integerOf = ({ name, values }: Shape, given: Fragment, key: string): number => {
  const { default: byDefault, minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = values.properties?.[key] ?? {};
  const value = given[key] ?? byDefault;
  if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new UserError(`add-on ${name}: ${key} must be a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(value)}`);
};
