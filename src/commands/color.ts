import type { Io, Output } from "./io.ts";

/** https://no-color.org: any value that is not empty means no. */
export const wantsColor = ({ env }: Pick<Io, "env">, { isTTY }: Pick<Output, "isTTY">, refused: boolean): boolean =>
  !refused && !env["NO_COLOR"] && env["TERM"] !== "dumb" && isTTY === true;
