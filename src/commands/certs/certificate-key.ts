import { newCertificateKey } from "../../pki/certificate-key.ts";
import { defineCommand } from "../command.ts";

export const certificateKey = defineCommand({
  path: ["certs", "certificate-key"],
  summary: "Print a new key for the upload of certificates to further control planes",
  options: {},
  examples: [["kbs certs certificate-key", "32 random bytes, in hex"]],
  exits: [],
  run: async (_values, { io }) => {
    io.stdout.write(`${newCertificateKey()}\n`);
    return "done";
  },
});
