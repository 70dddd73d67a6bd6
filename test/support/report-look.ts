import type { Page, View } from "./browser.ts";

/** A phone, a laptop, both in the dark; without scripts, as a careful reader has it. */
const views: Readonly<Record<string, View>> = {
  phone: { width: 375, height: 800 },
  "dark phone": { width: 375, height: 800, dark: true },
  laptop: { width: 1280, height: 900 },
  "dark laptop": { width: 1280, height: 900, dark: true },
};

/** Pixels by which the page is wider than the view: what a reader would have to scroll sideways, or to see in small. */
const overhang = ({ width }: View): string =>
  `Math.max(document.documentElement.scrollWidth, document.documentElement.clientWidth) - ${width}`;

/**
 * Texts that are hard to read: WCAG's contrast of each element that has text of its own, as it is computed, with what it stands on. Folded
 * details are opened first.
 */
const paleTexts = `(() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const part = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = ([red, green, blue]) => 0.2126 * part(red / 255) + 0.7152 * part(green / 255) + 0.0722 * part(blue / 255);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!hasText) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) pale.push(element.className + " " + element.textContent.slice(0, 40) + " " + contrast.toFixed(2));
  }
  return pale;
})()`;

/** Tables and sections that a screen reader could not name, and headings that leave a level out. */
const nameless = `(() => {
  const faults = [];
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption) faults.push("a table without a caption");
    for (const cell of table.querySelectorAll("th")) if (!cell.scope) faults.push("a heading cell without a scope: " + cell.textContent);
  }
  for (const section of document.querySelectorAll("section"))
    if (!document.getElementById(section.getAttribute("aria-labelledby"))) faults.push("a section without a name");
  for (const link of document.querySelectorAll("nav a"))
    if (!document.getElementById(link.hash.slice(1))) faults.push("a link that leads nowhere: " + link.hash);
  let level = 0;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 2) faults.push("a level is left out before " + heading.textContent);
    level = next;
  }
  return faults;
})()`;

/** All that is wrong with a page as Chromium shows it: width, contrast, names, complaints, and anything that it fetches or runs. */
export const faultsOf = async (page: Page, file: string): Promise<readonly string[]> => {
  const faults: string[] = [];
  for (const [name, view] of Object.entries(views)) {
    await page.open(file, view);
    const wide = await page.ask<number>(overhang(view));
    if (wide > 0) faults.push(`${name}: ${wide} pixels too wide`);
    faults.push(...(await page.ask<string[]>(paleTexts)).map((text) => `${name}: hard to read: ${text}`));
    const opened = await page.ask<number>(overhang(view));
    if (opened > 0) faults.push(`${name}, unfolded: ${opened} pixels too wide`);
  }
  faults.push(...(await page.ask<string[]>(nameless)));
  const roles = new Set(await page.roles());
  for (const role of ["banner", "navigation", "main", "contentinfo"]) if (!roles.has(role)) faults.push(`there is no ${role}`);
  return [...faults, ...page.troubles];
};

/** What a reader finds on a page, folded or not. */
export const textOf = (page: Page): Promise<string> => page.ask<string>('document.body.textContent.replace(/\\s+/g, " ")');
