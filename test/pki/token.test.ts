import { describe, expect, test } from "vitest";
import { detachedJws, vouchesFor } from "../../src/pki/jws.ts";
import { newToken, parseToken } from "../../src/pki/token.ts";
import { UserError } from "../../src/shared/errors.ts";
import { secrets } from "../../src/shared/secrets.ts";

describe("a bootstrap token", () => {
  test("has kubeadm's form and never repeats", () => {
    const tokens = Array.from({ length: 50 }, newToken);
    for (const { id, secret, text } of tokens) {
      expect(text).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
      expect(text).toBe(`${id}.${secret}`);
    }
    expect(new Set(tokens.map(({ text }) => text)).size).toBe(50);
  });

  test("uses all 36 characters about equally often", () => {
    const counts = new Map<string, number>();
    for (let round = 0; round < 1000; round++) for (const letter of newToken().secret) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(36);
    // 16,000 draws: 444 of each expected, standard deviation 21. Seven of them off means a skewed generator.
    expect([...counts].filter(([, count]) => Math.abs(count - 444) > 150)).toEqual([]);
  });

  test("is split, and its secret masked from then on", () => {
    expect(parseToken("abcdef.0123456789abcdef", "--token")).toEqual({
      id: "abcdef",
      secret: "0123456789abcdef",
      text: "abcdef.0123456789abcdef",
    });
    expect(secrets.mask("got abcdef.0123456789abcdef here")).not.toContain("0123456789abcdef");
  });

  test.each([
    "",
    "abcdef",
    "ABCDEF.0123456789abcdef",
    "abcdef.0123456789abcde",
    "abcdef.0123456789abcdef\n",
    " abcdef.0123456789abcdef",
    "abcde-.0123456789abcdef",
  ])("is not %j, and the refusal does not show it", (text) => {
    const refusal = (): unknown => {
      try {
        return parseToken(text, "spec.token");
      } catch (error) {
        return error;
      }
    };
    const error = refusal();
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toBe("UserError: spec.token: this is not a bootstrap token");
  });
});

describe("the signature of cluster-info", () => {
  const token = parseToken("abcdef.0123456789abcdef", "test");
  const vector = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..jGfh3cAKffhbjQqP1x03VRxdhcDip6Xp1PFxbB0P9vg";

  test("is what two other libraries computed", () => {
    expect(detachedJws(token, "hello\n")).toBe(vector);
  });

  test("holds for this text and this token only", () => {
    expect(vouchesFor(vector, token, "hello\n")).toBe(true);
    expect(vouchesFor(vector, token, "hello")).toBe(false);
    expect(vouchesFor(vector, parseToken("abcdef.0123456789abcdeg", "test"), "hello\n")).toBe(false);
    expect(vouchesFor(vector.slice(0, -1), token, "hello\n")).toBe(false);
    expect(vouchesFor(vector.replace("..", ".aGVsbG8K."), token, "hello\n")).toBe(false);
  });
});
