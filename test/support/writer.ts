import { expect } from "vitest";
import type { LabHost } from "../lab/index.ts";

/** Somebody on a host who writes one thing after another through a cluster's endpoint. */
export interface Writer {
  /** How many writes were acknowledged so far. */
  acknowledged(): Promise<number>;
  /** Ends it. Expects that writes were acknowledged, that none of them is lost, and that none was waited for too long. */
  expectKept(within: number): Promise<void>;
}

/** As whom it writes: PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
}

const folder = "writer";
const patch = `curl -s -o /dev/null -m 5 -w '%{http_code}' --cacert /etc/kubernetes/pki/ca.crt --cert ${folder}/crt --key ${folder}/key -X PATCH \\
  -H 'Content-Type: application/merge-patch+json'`;

/** One line for each write: when it was answered, in milliseconds, its number, and the answer's code. */
const loop = (url: string): string => `rm -f ${folder}/stop ${folder}/writes; : >${folder}/writes
setsid sh -c 'n=0; while [ ! -e ${folder}/stop ]; do n=$((n + 1))
  code=$(${patch.replaceAll("'", '"')} -d "{\\"data\\":{\\"n$n\\":\\"\\"}}" ${url})
  echo "$(date +%s%3N) $n $code" >>${folder}/writes; sleep 0.1
done; echo over >>${folder}/writes' >/dev/null 2>&1 </dev/null &`;

/** Starts a writer on a host that has the cluster's CA, through `endpoint`, which is as in a kubeconfig. */
export const startWriter = async (host: LabHost, endpoint: string, { certificate, key }: Credentials): Promise<Writer> => {
  const on = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await host.run(script, { timeout: 60_000 });
    return code === 0 ? stdout : expect.fail(`on ${host.name}: ${stderr}`);
  };
  const api = `${endpoint}/api/v1/namespaces/default/configmaps`;
  const ask = `curl -sS -m 20 --cacert /etc/kubernetes/pki/ca.crt --cert ${folder}/crt --key ${folder}/key`;
  await on(`umask 077; mkdir -p ${folder}; cat >${folder}/crt <<'E'\n${certificate}\nE\ncat >${folder}/key <<'E'\n${key}\nE`);
  await on(`${ask} -o /dev/null -X DELETE ${api}/written
${ask} --fail -o /dev/null -H 'Content-Type: application/json' -d '{"metadata":{"name":"written"}}' ${api}`);
  await on(loop(`${api}/written`));

  const writes = async (): Promise<readonly { readonly at: number; readonly n: string }[]> =>
    (await on(`cat ${folder}/writes`)).split("\n").flatMap((line) => {
      const [at, n = "", code] = line.split(" ");
      return code === "200" ? [{ at: Number(at), n }] : [];
    });
  return {
    acknowledged: async () => (await writes()).length,
    expectKept: async (within) => {
      await on(`touch ${folder}/stop; until tail -n 1 ${folder}/writes | grep -q over; do sleep 0.1; done`);
      const done = await writes();
      const gaps = done.slice(1).map(({ at }, nth) => at - (done[nth]?.at ?? 0));
      console.log(`${done.length} writes, the longest gap ${Math.max(...gaps)} ms`);
      expect(done.length).toBeGreaterThan(5);
      const { data = {} }: { data?: Readonly<Record<string, string>> } = JSON.parse(await on(`${ask} --fail ${api}/written`));
      expect(done.filter(({ n }) => !Object.hasOwn(data, `n${n}`))).toEqual([]);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(within);
    },
  };
};
