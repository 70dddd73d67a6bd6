import { expect, test } from "vitest";
import { keysOf } from "../../src/actions/keys-ahead.ts";
import { prepareKeys } from "../../src/pki/keys.ts";

test("keys that were begun are used when they are of the wished kind", async () => {
  const supply = prepareKeys("ECDSA-P256", 1);
  expect(keysOf({ algorithm: "ECDSA-P256", supply }, "ECDSA-P256")).toBe(supply);
});

test("keys of another kind than was guessed are made anew, and of the others no more", async () => {
  let stopped = 0;
  const guessed = { ...prepareKeys("ECDSA-P256", 0), stop: () => (stopped += 1) };
  const key = await keysOf({ algorithm: "ECDSA-P256", supply: guessed }, "ECDSA-P384").take();
  expect([key.asymmetricKeyDetails?.namedCurve, stopped]).toEqual(["secp384r1", 1]);
});
