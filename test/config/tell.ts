import type { Problem } from "../../src/config/load.ts";

/** A problem as the expectations in test/config/bad write it. */
export const tell = ({ severity, line, column, path, message, hint }: Problem): string =>
  [`${line === undefined ? "" : `${line}:${column} `}${severity}`, path, hint === undefined ? message : `${message} | ${hint}`]
    .filter((part) => part !== "")
    .join(": ");
