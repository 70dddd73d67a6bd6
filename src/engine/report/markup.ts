/** Text that is HTML already. Only `html` makes it, so that whatever else goes into a page is escaped. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | false | undefined;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Colours of terminals and whatever else a program sends to move a cursor: ECMA-48's control sequences. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const terminalCodes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g;

/** Other controls, lone halves of characters, and marks that would turn the direction of the text around them. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]|\p{Surrogate}/gu;

/** Text of others as HTML shows it to the letter, in an element or in a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replaceAll(terminalCodes, "")
    .replaceAll(unprintable, "\u{FFFD}")
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

const render = (part: Part | readonly Part[]): string => {
  if (part === undefined || part === false) return "";
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return "markup" in part ? part.markup : part.map(render).join("");
};

/** HTML with values in it: texts are escaped, markup and lists of it stay, `undefined` and `false` are left out. */
export const html = (strings: TemplateStringsArray, ...values: readonly (Part | readonly Part[])[]): Markup => ({
  markup: strings.map((text, index) => (index === 0 ? text : `${render(values[index - 1])}${text}`)).join(""),
});
