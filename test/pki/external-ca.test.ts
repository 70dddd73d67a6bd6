import { describe, expect, test } from "vitest";
import { generateKey } from "../../src/pki/keys.ts";
import { UserError } from "../../src/shared/errors.ts";
import { asExisting, days, issue, names, noKeys, now, textOf } from "./support.ts";

const pki = "/etc/kubernetes/pki";
const whole = asExisting(await issue());
const without = (...paths: readonly string[]) => new Map([...whole].filter(([path]) => !paths.includes(path)));
const keyless = without(`${pki}/ca.key`, `${pki}/front-proxy-ca.key`, `${pki}/etcd/ca.key`);

/** What is wrong with the files that others have made, a line each. */
const problemsOf = async (existing: ReadonlyMap<string, Buffer>, request = {}): Promise<readonly string[]> => {
  const error = await issue({ existing, keys: noKeys, ...request }).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error("it was not refused");
  return (error.details.output ?? "").split("\n");
};

describe("CAs whose keys are kept elsewhere", () => {
  test("sign nothing: what they have signed is used as it is", async () => {
    const warnings: string[] = [];
    const files = await issue({ existing: keyless, keys: noKeys, warn: (text) => warnings.push(text) });
    expect(files.filter(({ reason }) => reason !== undefined)).toEqual([]);
    expect(files.map(({ path }) => path)).not.toContain(`${pki}/ca.key`);
    expect(asExisting(files)).toEqual(keyless);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain(`${pki}/ca.crt is here without its key`);
  });

  test("name everything at once that is missing, or no longer good", async () => {
    const gone = ["apiserver.crt", "etcd/peer.key"].map((name) => `${pki}/${name}`);
    const existing = new Map([...keyless].filter(([path]) => ![...gone, "/etc/kubernetes/scheduler.conf"].includes(path)));
    expect(await problemsOf(existing)).toEqual([
      `${pki}/apiserver.crt: the certificate is missing`,
      `${pki}/etcd/peer.crt: the key is missing`,
      "/etc/kubernetes/scheduler.conf: it is missing",
    ]);
    expect(await problemsOf(keyless, { now: new Date(now.getTime() + days(400)) })).toContainEqual(
      expect.stringMatching(/apiserver\.crt: the certificate expired on/),
    );
    expect(await problemsOf(keyless, { names: { ...names, apiServerSans: ["api.example"] } })).toEqual([
      `${pki}/apiserver.crt: the certificate lacks the name api.example`,
    ]);
  });

  test("are told from those of somebody else", async () => {
    const other = asExisting(await issue());
    const mixed = new Map([...keyless, [`${pki}/ca.crt`, other.get(`${pki}/ca.crt`) ?? Buffer.from("")]]);
    const problems = await problemsOf(mixed);
    expect(problems).toContain(`${pki}/apiserver.crt: the certificate is not signed by its CA`);
    expect(problems).toContain("/etc/kubernetes/admin.conf: it trusts another CA");
    expect(problems.join()).not.toContain("front-proxy");
  });

  test("leave it to their owner which server a kubeconfig names, and tell it", async () => {
    const admin = textOf(await issue(), "admin.conf");
    expect(admin).toContain("https://10.0.0.11:6443");
    const warnings: string[] = [];
    const moved = { ...names, controlPlaneEndpoint: { host: "10.0.0.11", port: 7443 } };
    const files = await issue({ existing: keyless, keys: noKeys, names: moved, warn: (text) => warnings.push(text) });
    expect(files.filter(({ reason }) => reason !== undefined)).toEqual([]);
    expect(warnings).toContain("/etc/kubernetes/admin.conf: its server is https://10.0.0.11:6443, not https://10.0.0.11:7443");
  });

  test("are each for itself: by one that has its key what is missing is made", async () => {
    const existing = without(`${pki}/front-proxy-ca.key`, `${pki}/apiserver.crt`, `${pki}/sa.key`, `${pki}/sa.pub`);
    const files = await issue({ existing });
    expect(files.filter(({ reason }) => reason !== undefined).map(({ path }) => path)).toEqual([
      `${pki}/apiserver.key`,
      `${pki}/apiserver.crt`,
      `${pki}/sa.key`,
      `${pki}/sa.pub`,
    ]);
  });
});

/** What is made new, of some parts. */
const made = async (existing: ReadonlyMap<string, Buffer>, ...parts: readonly string[]) =>
  (await issue({ existing, makes: (part) => parts.includes(part) }))
    .filter(({ reason }) => reason !== undefined)
    .map(({ path }) => path.replace(`${pki}/`, ""));

describe("a part of the PKI", () => {
  test("is made by itself, and nothing beside it", async () => {
    expect(await made(new Map(), "certs/ca")).toEqual(["ca.key", "ca.crt"]);
    expect(await made(new Map(), "certs/sa")).toEqual(["sa.key", "sa.pub"]);
    const ca = new Map([...whole].filter(([path]) => path.startsWith(`${pki}/ca.`)));
    expect(await made(ca, "certs/apiserver")).toEqual(["apiserver.key", "apiserver.crt"]);
    expect(await made(ca, "kubeconfig/admin")).toEqual(["/etc/kubernetes/admin.conf"]);
  });

  test("that a CA has to sign which is not there says how to make it", async () => {
    await expect(made(new Map(), "certs/etcd-server")).rejects.toThrow(
      expect.objectContaining({
        message: `${pki}/etcd/server.crt cannot be made: the CA that signs it is not there`,
        details: expect.objectContaining({ hint: expect.stringContaining('"kbs init phase certs etcd-ca" makes it') }),
      }),
    );
  });

  test("that is not made is taken as it is, whatever it is", async () => {
    const strange = new Map([...whole, [`${pki}/apiserver.crt`, Buffer.from("somebody's own")]]);
    const files = await issue({ existing: strange, keys: noKeys, makes: (part) => part !== "certs/apiserver" });
    expect(textOf(files, "apiserver.crt")).toBe("somebody's own");
    expect(files.filter(({ reason }) => reason !== undefined)).toEqual([]);
  });

  test("is kept when it is good, with a name of one's own in it", async () => {
    const key = await generateKey("ECDSA-P256");
    const keys = { take: () => Promise.resolve(key), stop: () => undefined };
    const first = asExisting(await issue({ keys, names: { ...names, apiServerSans: ["mine.example"] } }));
    expect(await made(first, "certs/apiserver")).toEqual([]);
  });
});
