import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { median, seconds, spread } from "./figures.ts";
import { writeReport } from "./report.ts";

test("a median is the middle, or the mean of the two in the middle", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 9])).toBe(3);
  expect(median([7])).toBe(7);
  expect(() => median([])).toThrow(RangeError);
});

test("a spread shows the median between the least and the most", () => {
  expect(spread([31_000, 29_500, 40_000], seconds)).toBe("31.0 (29.5 – 40.0)");
});

const newDocument = async (text: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "kbs-figures-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "performance.md");
  await writeFile(file, text);
  return file;
};

test("figures replace those of the last time, and nothing else of the document", async () => {
  const file = await newDocument("above\n<!-- figures: written by npm run bench -->\nold\n<!-- end of figures -->\nbelow\n");
  await writeReport(file, "new\n");
  await writeReport(file, "newer\n");
  expect(await readFile(file, "utf8")).toBe(
    "above\n<!-- figures: written by npm run bench -->\n\nnewer\n\n<!-- end of figures -->\nbelow\n",
  );
});

test("a document without a place for figures is left as it is", async () => {
  const file = await newDocument("nothing here\n");
  await expect(writeReport(file, "new\n")).rejects.toThrow("has no place for figures");
  expect(await readFile(file, "utf8")).toBe("nothing here\n");
});
