import { styleText } from "node:util";

type Style = "red" | "yellow" | "green" | "bold" | "dim" | "cyan";

/** Gives a text a colour, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

export const painter = (color: boolean): Paint =>
  color ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
