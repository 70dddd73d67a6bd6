import { describe, expect, test } from "vitest";
import { dark, light, type Palette } from "../../../src/engine/report/palette.ts";

/** Of WCAG 2.2, "relative luminance". */
const luminance = (color: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (one: string, other: string): number => {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
};

const grounds = ["page", "soft"] as const;
const texts = ["text", "muted", "accent", "bad", "warn", "good"] as const;

describe.each<[string, Palette]>([
  ["light", light],
  ["dark", dark],
])("in the %s palette", (_, palette) => {
  test.each(texts.flatMap((text) => grounds.map((ground) => [text, ground] as const)))("%s is read easily on %s", (text, ground) => {
    expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
  });

  test("names of steps are read easily on their bars", () => {
    for (const bar of [palette.tint, palette["bad-tint"], palette.soft]) expect(contrast(palette.text, bar)).toBeGreaterThanOrEqual(4.5);
  });

  test("edges of bars are seen", () => {
    for (const edge of [palette.accent, palette.bad, palette.warn, palette.hatch])
      expect(contrast(edge, palette.page)).toBeGreaterThanOrEqual(3);
  });
});
