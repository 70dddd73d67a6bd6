import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPhases } from "../../src/actions/apply/create-phases.ts";
import { askFacts } from "../../src/facts/index.ts";
import { shellHost } from "../../src/host/shell-host.ts";
import { connectSsh } from "../../src/host/ssh/connect.ts";
import { type Lab, labClusterYaml, startLab } from "../lab/index.ts";
import type { Bare } from "../simulation/answers.ts";
import { inVirtualTime } from "../simulation/clock.ts";
import { openStage, prepareScenario, type Stage } from "../simulation/scenario.ts";
import { judgeOrder, type TraceEvent, traceRun } from "../simulation/trace.ts";
import { operatorOf } from "../support/operator.ts";

// One create, twice: on the lab's hosts, and on simulated ones which say and have what those did before it.

let lab: Lab;
let stage: Stage;
beforeAll(async () => {
  lab = await startLab({ hosts: 3 });
  stage = await openStage();
});
afterAll(async () => {
  await lab.stop();
  await stage.leave();
});

/** What a bare host of the lab answers, and which folders it has. */
const bareOf = async (host: Lab["hosts"][number]): Promise<Bare> => {
  const target = { name: host.name, address: host.address, user: "root", identityFile: lab.identityFile };
  const knownHostsFiles = [join(stage.directory, "known_hosts")];
  const transport = await connectSsh(target, { acceptNewHostKeys: true, knownHostsFiles, log: () => undefined });
  const questions = askFacts();
  const { records } = await shellHost(transport).send({ kind: "ask", questions });
  await transport.close();
  const answers = new Map(records.map(({ index, output }) => [questions[index]?.id ?? "", output.toString()]));
  const { stdout } = await host.run("find /etc /opt /usr /var -xdev -maxdepth 4 -type d -printf '%m %p\\n'");
  const folders = stdout.split("\n").flatMap((line): [string, number][] => {
    const [, mode = "", path = ""] = /^(\d+) (.+)$/.exec(line) ?? [];
    return path === "" ? [] : [[path, Number.parseInt(mode, 8)]];
  });
  return { answers, folders: new Map(folders) };
};

const lanes = new Map(createPhases.map(({ id, lane = "main" }) => [id, lane]));

/** What travels in messages, and is not random. Acts tell what they did in words of their own. */
const travels = /^(?:path|images|module|sysctl|service|static-pod|command|object):|^(?:swap|hostname)$/;
const comparable = (change: string): string => change.replace(/kubelet-client-[-\d]+\.pem/, "kubelet-client-TIME.pem");

/** The lane of a change, or the API, which has no lane. */
const wayOf = ({ phase, change }: { readonly phase: string; readonly change: string }): string =>
  change.startsWith("object:") ? "API" : (lanes.get(phase) ?? "main");

/**
 * What was told of a host: its changes by each lane, and those of objects, in order, and how its units ended. What the two lanes and the API do at the
 * same time has no order, nor have ends of units, which come with whatever answer of the host was read last: that they are in the graph's is asked for itself.
 */
const storyOf = (events: readonly TraceEvent[], name: string) => {
  const changes = (way: string): readonly string[] =>
    events.flatMap((event) =>
      event.type === "change" && event.host === name && wayOf(event) === way && travels.test(event.change)
        ? [`${event.phase}: ${comparable(event.change)} ${event.state}`]
        : [],
    );
  const ends = events.flatMap((event) => (event.type === "unit-ended" && event.host === name ? [`${event.phase}: ${event.state}`] : []));
  return { name, main: changes("main"), images: changes("images"), objects: changes("API"), ends: ends.toSorted() };
};

test("a simulated create tells the same of every host, in the same order, as the real one that it was drawn from", async () => {
  const names = lab.hosts.map(({ name }) => name);
  const bare = new Map(await Promise.all(lab.hosts.map(async (host) => [host.name, await bareOf(host)] as const)));
  const operator = await operatorOf(lab);
  const ended = await operator.start([...operator.create, "-o", "json"]).ended;
  await operator.leave();
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  const lines = ended.stdout.split("\n").filter(Boolean);
  const real = lines.map((line): TraceEvent => JSON.parse(line));

  const trace = traceRun();
  const own = { text: labClusterYaml(lab), names };
  const scenario = await prepareScenario(stage, { seed: 1, hosts: names.length, own, bare, sinks: [trace.sink] });
  const { result } = await inVirtualTime(() => scenario.create());
  expect(result.exit).toBe("done");

  expect([judgeOrder(real), judgeOrder(trace.events)]).toEqual([[], []]);
  for (const name of names) expect(storyOf(trace.events, name)).toEqual(storyOf(real, name));
});
