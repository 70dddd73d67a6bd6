import { randomBytes } from "node:crypto";
import { defineCommand } from "../command.ts";

/** AES-256: what encrypts the uploaded certificates. */
const keyBytes = 32;

export const certificateKey = defineCommand({
  path: ["certs", "certificate-key"],
  summary: "Print a new key for the upload of certificates to further control planes",
  options: {},
  examples: [["kbs certs certificate-key", "32 random bytes, in hex"]],
  exits: [],
  run: async (_values, { io }) => {
    io.stdout.write(`${randomBytes(keyBytes).toString("hex")}\n`);
    return "done";
  },
});
