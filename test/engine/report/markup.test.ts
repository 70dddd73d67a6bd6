import { describe, expect, test } from "vitest";
import { cut, lastLines } from "../../../src/engine/report/cut.ts";
import { escapeHtml, html } from "../../../src/engine/report/markup.ts";
import { impersonal } from "../../../src/engine/report/sections/shared.ts";

describe("what others wrote", () => {
  test("stays text, in an element and in an attribute", () => {
    const hostile = `<script>alert("1")</script>' onload='x' & &amp;`;
    expect(html`<p title="${hostile}">${hostile}</p>`.markup).not.toMatch(/<script|' onload|" onload/);
    expect(escapeHtml(hostile)).toBe("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x&#39; &amp; &amp;amp;");
  });

  test("loses colours of terminals and marks that would turn the direction of text, and keeps lines, tabs and emoji", () => {
    expect(escapeHtml("\u001B[31mred\u001B[0m \u001B]0;title\u0007rest")).toBe("red rest");
    expect(escapeHtml("a\u202Eb\u0000c\uD800d")).toBe("a\u{FFFD}b\u{FFFD}c\u{FFFD}d");
    expect(escapeHtml("one\r\ntwo\tthree 🚀 é")).toBe("one\ntwo\tthree 🚀 é");
  });
});

test("markup in markup stays, lists are joined, and what is absent leaves nothing", () => {
  expect(html`<ul>${["<", 1].map((item) => html`<li>${item}</li>`)}${undefined}${false}</ul>`.markup).toBe(
    "<ul><li>&lt;</li><li>1</li></ul>",
  );
});

test("a sentence about one host is told of several without its name, but not without parts of other words", () => {
  expect(impersonal("w1 is gone: w1.example, w10 and sw1 are not", "w1")).toBe("this host is gone: this host.example, w10 and sw1 are not");
  expect(impersonal("a(b is gone", "a(b")).toBe("this host is gone");
});

describe("what is too long", () => {
  test("is cut between characters, and says how much is left to the log", () => {
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abcdef", 3)).toBe("abc … (3 more characters in the log)");
    expect(cut("ab🚀cd", 3)).toBe("ab … (4 more characters in the log)");
  });

  test("keeps its last lines", () => {
    expect(lastLines("1\n2\n3\n", 3)).toBe("1\n2\n3");
    expect(lastLines("1\n2\n3\n4", 2)).toBe("… (2 lines before these in the log)\n3\n4");
  });
});
