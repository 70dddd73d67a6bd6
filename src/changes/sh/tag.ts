/** Shell text as it stands, except that the shell's own `${` is written `$\{`. Only constants of ours may be put in by `${…}`. */
export const sh = (strings: TemplateStringsArray, ...constants: readonly (string | number)[]): string =>
  String.raw({ raw: strings.raw.map((part) => part.replaceAll("$\\{", "${")) }, ...constants);
