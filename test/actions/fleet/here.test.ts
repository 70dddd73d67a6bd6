import { expect, test } from "vitest";
import { checkExpiration } from "../../../src/actions/certs/check.ts";
import { renewCertificates } from "../../../src/actions/certs/renew.ts";
import { resetHere } from "../../../src/actions/reset/here.ts";
import { options } from "../options.ts";

const given = {
  ...options({ connect: () => Promise.reject(new Error("nobody was to be asked for a root shell")) }),
  here: true,
  isRoot: false,
};

test.each([
  [
    "certs renew changes this machine",
    () => renewCertificates({ ...given, name: "all", command: "kbs certs renew all" }),
    "kbs certs renew all",
  ],
  [
    "certs check-expiration reads files of root's",
    () => checkExpiration({ ...given, command: "kbs certs check-expiration" }),
    "kbs certs check-expiration",
  ],
  ["reset changes this machine", () => resetHere({ ...given, confirm: () => Promise.resolve(true), command: "kbs reset" }), "kbs reset"],
] as const)("kbs %s: an ordinary user is told to type it as root, not to change the rules of sudo", async (does, act, command) => {
  await expect(act()).rejects.toThrow(
    expect.objectContaining({
      message: `kbs ${does}, which only root may do`,
      details: expect.objectContaining({ exit: "preflight", hint: `sudo ${command}` }),
    }),
  );
});
