import { setTimeout as sleep } from "node:timers/promises";
import { command } from "../../test/lab/command.ts";
import { type Lab, webImage } from "../../test/lab/index.ts";

const name = "web";
const replicas = 4;
export const nodePort = 30080;
export const serviceName = `${name}.default.svc.cluster.local`;
const containerPort = 8080;

const labels = { app: name };
const objects = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [
            {
              name,
              image: webImage,
              args: ["netexec", `--http-port=${containerPort}`],
              ports: [{ containerPort }],
              readinessProbe: { httpGet: { path: "/healthz", port: containerPort }, periodSeconds: 2 },
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels },
    spec: { type: "NodePort", selector: labels, ports: [{ port: 80, targetPort: containerPort, nodePort }] },
  },
];

/** Runs kubectl against the demo's cluster. */
export type Kubectl = (words: readonly string[], input?: string) => Promise<string>;

export const kubectlWith =
  (program: string, kubeconfig: string): Kubectl =>
  (words, input) =>
    command(program, words, { timeout: 180_000, env: { KUBECONFIG: kubeconfig }, ...(input !== undefined && { input }) });

/** Deploys the application and waits until all its replicas answer. */
export const deploy = async (kubectl: Kubectl): Promise<void> => {
  await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  await kubectl(["rollout", "status", `deployment/${name}`, "--timeout=150s"]);
};

/** On which nodes the replicas run: node → how many. */
export const spread = async (kubectl: Kubectl): Promise<ReadonlyMap<string, number>> => {
  const nodes = await kubectl([
    "get",
    "pods",
    "-l",
    `app=${name}`,
    "--field-selector=status.phase=Running",
    "-o",
    "jsonpath={.items[*].spec.nodeName}",
  ]);
  return new Map([...Map.groupBy(nodes.split(" ").filter(Boolean), (node) => node)].map(([node, pods]) => [node, pods.length]));
};

/** Asks again for a while, since rules for a new Service, or for one after a reboot, take a moment. @param within milliseconds */
const persist = async <T>(ask: () => Promise<T>, within: number): Promise<T> => {
  const end = Date.now() + within;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(250);
    }
  }
};

/** The pod that answers when another one asks for the Service's name: netexec's `dial` makes a pod ask. */
export const askByName = (kubectl: Kubectl, within = 30_000): Promise<{ readonly asker: string; readonly answerer: string }> =>
  persist(async () => {
    const asker = await kubectl(["get", "pods", "-l", `app=${name}`, "-o", "jsonpath={.items[0].metadata.name}"]);
    const question = new URLSearchParams({ host: serviceName, port: "80", request: "hostname", protocol: "http", tries: "1" });
    const answer: { readonly responses?: readonly string[]; readonly errors?: readonly string[] } = JSON.parse(
      await kubectl(["get", "--raw", `/api/v1/namespaces/default/pods/${asker}:${containerPort}/proxy/dial?${question.toString()}`]),
    );
    const [answerer] = answer.responses ?? [];
    if (answerer === undefined) throw new Error(`http://${serviceName} does not answer to ${asker}: ${answer.errors?.join(", ")}`);
    return { asker, answerer };
  }, within);

/** Which pod answers at a node's own address. */
export const askNodePort = (address: string, within = 30_000): Promise<string> => {
  const url = `http://${address}:${nodePort}`;
  return persist(async () => {
    try {
      const answer = await fetch(`${url}/hostname`, { signal: AbortSignal.timeout(5000) });
      if (answer.ok) return await answer.text();
      throw new Error(`it answered ${answer.status}`);
    } catch (error) {
      throw new Error(`${url} does not answer`, { cause: error });
    }
  }, within);
};

export const addressesOf = ({ hosts }: Lab): readonly string[] => hosts.map(({ address }) => address);
