import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { begun, changed, planned } from "../engine/progress/events.ts";
import { fleet } from "../engine/report/fleet.ts";
import { ended, type Moment, pageOf, unit } from "../engine/report/story.ts";
import { type Browser, openBrowser } from "../support/browser.ts";
import { faultsOf, textOf } from "../support/report-look.ts";

// Pages as a real browser shows them. No hosts are needed; what a real run gives is looked at where there is one, in create.test.ts.

let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kbs-report-"));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const written = async (name: string, moments: readonly Moment[]): Promise<string> => {
  const file = join(folder, `${name}.html`);
  await writeFile(file, await pageOf(moments));
  return file;
};

const error = {
  message: "containerd did not start",
  exit: "phase",
  command: `systemctl start containerd --with=${"long".repeat(200)}`,
  output: `Job failed.\n${"x".repeat(3000)}`,
  probably: "its configuration is wrong",
  hint: "read journalctl -u containerd",
} as const;

const failing: readonly Moment[] = [
  begun,
  planned("install", "Install containerd", "h1", "h2", "h3"),
  ...changed("install", "h1", "path:/etc/containerd/config.toml"),
  { type: "bytes", host: "h1", sent: 4e6, total: 4e7 },
  ...unit("install", "h1", 4000, { changed: 1 }),
  ...unit("install", "h2", 9000, { state: "failed", error }),
  ...unit("install", "h3", 500, { state: "cancelled" }),
  { type: "warning", host: "h3", text: `the kernel ${"is-old-".repeat(80)}` },
  ended({ exit: "phase", changed: 1, took: 14_000, log: "/home/me/run.log" }),
];

test("a report is as wide as a phone and as a laptop, is read easily by day and in the dark, can be named by a screen reader, and runs and fetches nothing", async () => {
  const file = await written("failing", failing);
  expect(await faultsOf(browser.page, file)).toEqual([]);
});

test("without scripts all is there, folded or not", async () => {
  await browser.page.open(await written("failing", failing), { width: 375, height: 800, scripts: false });
  const text = await textOf(browser.page);
  for (const told of ["containerd did not start", "read journalctl -u containerd", "/etc/containerd/config.toml", "/home/me/run.log"])
    expect(text).toContain(told);
});

test("on paper what is folded on a screen is unfolded", async () => {
  const height = 'document.querySelector("details:not([open]) table").getBoundingClientRect().height';
  const file = await written("failing", failing);
  await browser.page.open(file, { width: 800, height: 1100 });
  const onScreen = await browser.page.ask<number>("document.documentElement.scrollHeight");
  await browser.page.open(file, { width: 800, height: 1100, print: true });
  expect(await browser.page.ask<number>(height)).toBeGreaterThan(50);
  expect(await browser.page.ask<number>("document.documentElement.scrollHeight")).toBeGreaterThan(onScreen);
});

test("texts of others stay texts, also where scripts may run", async () => {
  const hostile = `"'></style><script>document.title = "pwned"</script><img src=x onerror="document.title = 'pwned'"> 🚀`;
  const host = hostile;
  const file = await written("hostile", [
    { type: "run-started", run: hostile, command: hostile, cluster: hostile, hosts: [host] },
    planned(hostile, hostile, host),
    ...changed(hostile, host, hostile),
    ...unit(hostile, host, 900, { state: "failed", error: { ...error, output: hostile.repeat(50) } }),
    { type: "warning", host, text: hostile },
    ended({ exit: "phase", next: [hostile] }),
  ]);
  expect(await faultsOf(browser.page, file)).toEqual([]);
  await browser.page.open(file, { width: 1280, height: 900, scripts: true });
  expect(await browser.page.ask<string>("document.title")).not.toBe("pwned");
  expect(await browser.page.ask<number>('document.querySelectorAll("script, img").length')).toBe(0);
  expect(browser.page.troubles).toEqual([]);
});

test("the page of a thousand hosts opens, and is no wider than a phone", async () => {
  const file = await written("fleet", fleet(1000));
  expect(await faultsOf(browser.page, file)).toEqual([]);
  expect(await textOf(browser.page)).toContain("The same happened on 994 hosts");
});
