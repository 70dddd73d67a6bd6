import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { judgeServing, makeServing } from "../../src/pki/serving.ts";
import { secrets } from "../../src/shared/secrets.ts";
import { days, issue, now, textOf } from "./support.ts";

const files = await issue();
const ca = { certificatePem: textOf(files, "ca.crt"), keyPem: textOf(files, "ca.key") };
const wish = { commonName: "headlamp", sans: ["w1", "10.0.0.21", "localhost"] };
const validity = { notBefore: now, notAfter: new Date(now.getTime() + days(365)) };
const made = await makeServing(wish, ca, "ECDSA-P256", validity);
const moment = { now: new Date(now.getTime() + 1000), remainingMs: days(30) };
const judge = (of = wish, pair: Parameters<typeof judgeServing>[1] = made, at = moment): string | undefined =>
  judgeServing(of, pair, ca.certificatePem, at);

describe("a certificate for a server beside the cluster's own", () => {
  test("is signed by the CA for all its names and for serving alone, and its key is a secret", () => {
    const certificate = new X509Certificate(made.certificate);
    expect(certificate.verify(new X509Certificate(ca.certificatePem).publicKey)).toBe(true);
    expect(certificate.subject).toBe("CN=headlamp");
    expect(certificate.subjectAltName).toBe("DNS:localhost, DNS:w1, IP Address:10.0.0.21");
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.ca).toBe(false);
    expect(secrets.mask(made.key.split("\n")[1] ?? "")).toBe("***");
  });

  test("serves while it holds, and has reasons when it does not", async () => {
    const other = textOf(await issue(), "ca.crt");
    expect(judge()).toBeUndefined();
    expect(judge({ ...wish, sans: [...wish.sans, "w2"] })).toBe("the certificate lacks the name w2");
    expect(judge(wish, made, { ...moment, now: new Date(now.getTime() + days(335.5)) })).toBe("the certificate expires in 29 days");
    expect(judgeServing(wish, made, other, moment)).toBe("the certificate is not signed by its CA");
    expect(judge(wish, { certificate: made.certificate, key: ca.keyPem })).toBe("the key does not belong to the certificate");
    expect(judge(wish, { certificate: undefined, key: undefined })).toBe("the certificate is missing");
  });

  test("is none that proves a client", () => {
    const client = { certificate: textOf(files, "apiserver-kubelet-client.crt"), key: textOf(files, "apiserver-kubelet-client.key") };
    expect(judge({ ...wish, sans: [] }, client)).toBe("the certificate lacks the usage serverAuth");
  });
});
