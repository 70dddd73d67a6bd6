import type { X509Certificate } from "node:crypto";
import { signCa, signLeaf } from "../../src/pki/certificate.ts";
import { generateKey } from "../../src/pki/keys.ts";
import { sansOf } from "../../src/pki/names.ts";
import { days } from "../pki/support.ts";

/** When the recorded hosts were asked. */
const asked = Date.parse("2026-11-21T13:48:43Z");
const key = await generateKey("ECDSA-P256");

/** An API server's certificate by a CA of the usual name, but not the cluster's. All in days from when the hosts were asked. */
const certificate = (from: number, to: number, names: readonly string[]): X509Certificate => {
  const validity = { notBefore: new Date(asked + days(from)), notAfter: new Date(asked + days(to)) };
  const ca = {
    key,
    certificate: signCa("kubernetes", key, { notBefore: new Date(asked - days(900)), notAfter: new Date(asked + days(900)) }),
  };
  return signLeaf({ commonName: "kube-apiserver", usages: ["serverAuth"], sans: sansOf(names), key }, ca, validity);
};

const names = ["kubernetes", "kubernetes.default.svc", "localhost"];

/** Ends so many days after the hosts were asked. */
export const expiring = (inDays: number): X509Certificate => certificate(-400, inDays, [...names, "10.77.0.11"]);
export const tomorrow = certificate(1, 300, [...names, "10.77.0.11"]);
export const foreignCa = expiring(300);
/** With one address among its names. */
export const namesOf = (address: string): X509Certificate => certificate(-1, 300, [...names, address]);
