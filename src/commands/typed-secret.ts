import { readFileSync } from "node:fs";
import { UserError } from "../shared/errors.ts";

/** How help tells where a secret may come from. */
export const secretPlaces = "env:NAME and file:PATH keep it out of the list of processes";

/**
 * A secret as it was typed, or from where `env:NAME` or `file:PATH` says: what is typed stands in the list of processes until kbs takes it out there, and in
 * a shell's history.
 * @throws UserError for a place where there is none
 */
export const typedSecret = (typed: string, where: string, env: Readonly<Record<string, string | undefined>> = process.env): string => {
  const [, from, place = ""] = /^(env|file):(.+)$/.exec(typed) ?? [];
  if (from === "env") {
    const text = env[place];
    if (text) return text;
    throw new UserError(`${where}: the environment variable ${place} is not set`, {
      hint: "sudo passes it on by sudo --preserve-env=NAME",
    });
  }
  if (from !== "file") return typed;
  try {
    return readFileSync(place, "utf8").trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no code";
    throw new UserError(`${where}: the file ${place} cannot be read (${code})`);
  }
};
