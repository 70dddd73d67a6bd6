/** The colours of a report: one accent, and a colour for each kind of news, none of which stands alone: a sign or a word goes with it. */
export interface Palette {
  readonly page: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly soft: string;
  readonly accent: string;
  readonly tint: string;
  readonly bad: string;
  readonly "bad-tint": string;
  readonly warn: string;
  readonly good: string;
  readonly hatch: string;
}

export const light: Palette = {
  page: "#fcfcfa",
  text: "#1b1d20",
  muted: "#575e66",
  line: "#dbdbd4",
  soft: "#f2f2ed",
  accent: "#1c5c99",
  tint: "#d3e4f4",
  bad: "#a32015",
  "bad-tint": "#f9dfdb",
  warn: "#7a4f00",
  good: "#1d6a3f",
  hatch: "#7d868f",
};

export const dark: Palette = {
  page: "#15171a",
  text: "#e4e6e8",
  muted: "#a4acb5",
  line: "#343a41",
  soft: "#1e2226",
  accent: "#7fb6ee",
  tint: "#1b3a58",
  bad: "#ff9d90",
  "bad-tint": "#4d211c",
  warn: "#e6ba62",
  good: "#7fcf9f",
  hatch: "#77818c",
};
