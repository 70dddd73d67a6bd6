import { describe, expect, test } from "vitest";
import { mergeHostsBlock } from "../../../src/templates/host/hosts-block.ts";

const entries = [
  { address: "10.0.0.11", names: ["cp1", "k8s.example.com"] },
  { address: "fd00::21", names: ["w1"] },
];
const block = "# BEGIN kbs\n10.0.0.11 cp1 k8s.example.com\nfd00::21 w1\n# END kbs\n";
const own = "127.0.0.1 localhost\n";

describe("the block in a hosts file", () => {
  test.each([
    ["is added at the end", own, `${own}${block}`],
    ["starts on a line of its own where the last line has no end", "127.0.0.1 localhost", `${own}${block}`],
    ["is all there is in an empty file", "", block],
    ["is replaced where it stands", `${own}# BEGIN kbs\n10.9.9.9 old\n# END kbs\n192.0.2.1 after\n`, `${own}${block}192.0.2.1 after\n`],
    ["stays as it is when it is right", `${own}${block}`, `${own}${block}`],
    ["becomes one when there were two", `${block}${own}# BEGIN kbs\n10.9.9.9 old\n# END kbs\n`, `${block}${own}`],
    ["takes no foreign line with it when its end was cut off", `${own}# BEGIN kbs\n192.0.2.1 theirs\n`, `${own}${block}192.0.2.1 theirs\n`],
    ["leaves no stray end", `# END kbs\n${own}`, `${own}${block}`],
    ["leaves comments, blank lines and tabs alone", "# mine\n\n10.1.1.1\tnas # rack 2\n", `# mine\n\n10.1.1.1\tnas # rack 2\n${block}`],
  ])("%s", (_, existing, expected) => {
    expect(mergeHostsBlock(existing, entries)).toBe(expected);
    expect(mergeHostsBlock(expected, entries)).toBe(expected);
  });

  test("is gone when there is nothing to name", () => {
    expect(mergeHostsBlock(`${own}${block}192.0.2.1 after\n`, [])).toBe(`${own}192.0.2.1 after\n`);
  });

  test("put in and taken out again leaves the file as it was", () => {
    for (const before of [own, "", "# a\n\n\n", `${own}10.1.1.1 nas\n`])
      expect(mergeHostsBlock(mergeHostsBlock(before, entries), [])).toBe(before);
  });
});
