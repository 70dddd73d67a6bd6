import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { goBuild } from "../test/lab/go-build.ts";
import { type Lab, labBundle, labSupport } from "../test/lab/index.ts";
import { bootHosts, filesOf, knowHosts, labName, writeConfig } from "./demo/hosts.ts";
import { bringImage } from "./demo/image.ts";
import { addressesOf, askByName, askNodePort, deploy, kubectlWith, nodePort, serviceName, spread } from "./demo/web.ts";

/**
 * From nothing to an application on a Kubernetes cluster: builds what is missing, boots three bare hosts on this machine, runs kbs against
 * them as any user would, deploys, asks, and leaves it all running.
 */

const root = join(import.meta.dirname, "..");
const started = Date.now();
const log = (line: string): void => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
const say = (text: string): void => console.log(`\n${text}`);

/** The whole of a cold first run, in milliseconds. */
const timeout = 60 * 60_000;

/** What runs now with this terminal. */
let child: ChildProcess | undefined;
/** The exit code of a demo that was told to stop. */
let stopped: number | undefined;

/** A program of this repository, with this terminal. @throws Error when it fails */
const run = async (words: readonly string[], shown: string): Promise<void> => {
  console.log(`\n$ ${shown}`);
  child = spawn(process.execPath, words, { cwd: root, stdio: "inherit" });
  const [code] = await once(child, "close");
  child = undefined;
  if (stopped !== undefined) process.exit(stopped);
  if (code !== 0) throw new Error(`"${shown}" ended with code ${code}; what it printed above says why, and where its log is`);
};

/** kubectl of this machine, else the one that the lab has built. */
const findKubectl = async (): Promise<string> => {
  const there = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "kubectl")));
  return there ? "kubectl" : join(await goBuild("kubernetes-node", log), "kubectl");
};

const useCluster = async (lab: Lab, bundle: string, kubectlPath: string): Promise<void> => {
  const kubectl = kubectlWith(kubectlPath, filesOf(lab).kubeconfig);
  say("A web application, as in any cluster without a registry: its image by ssh, the rest by kubectl.");
  log(await bringImage(lab, bundle, log));
  await deploy(kubectl);
  const nodes = await spread(kubectl);
  log(
    `${[...nodes.values()].reduce((sum, pods) => sum + pods, 0)} replicas run: ${[...nodes].map(([node, pods]) => `${pods} on ${node}`).join(", ")}`,
  );
  const { asker, answerer } = await askByName(kubectl);
  log(`http://${serviceName}, asked by ${asker}: ${answerer} answers`);
  for (const address of addressesOf(lab))
    log(`http://${address}:${nodePort}, asked from this machine: ${await askNodePort(address)} answers`);
};

const closing = (lab: Lab, kubectl: string): string => {
  const { config, kubeconfig } = filesOf(lab);
  const [first = ""] = addressesOf(lab);
  return `The cluster is up, and stays so. Type next:

  export KUBECONFIG=${kubeconfig}
  ${kubectl} get nodes -o wide
  ${kubectl} get pods -A
  curl http://${first}:${nodePort}/hostname
  npx kbs status -f ${config}
  npm run lab -- ssh --name ${labName} h1
  npm run demo                          again: 0 changes

And to remove it, hosts and all:

  npm run lab -- down --name ${labName}
`;
};

const demo = async (): Promise<void> => {
  say("What kbs and its hosts need. The first time Kubernetes is built from source: about 12 minutes on 2 cores.");
  const bundle = await labBundle(log);
  const kubectl = await findKubectl();
  log(`the bundle is ${bundle}`);
  const lab = await bootHosts(log);
  log(`${lab.hosts.map(({ name, address }) => `${name} ${address}`).join(", ")}; their keys are in ${await knowHosts(lab)}`);
  await writeConfig(lab, bundle);
  await run(["scripts/build.ts"], "npm run build");
  const { config, kubeconfig } = filesOf(lab);
  const words = ["create", "cluster", "-f", config, "--kubeconfig", kubeconfig];
  await run([join("dist", "main.js"), ...words], ["npx kbs", ...words].join(" "));
  await useCluster(lab, bundle, kubectl);
  say(closing(lab, kubectl));
};

const main = async (): Promise<number> => {
  const support = labSupport();
  if (!support.ok) {
    console.error(`The demo cannot run here: ${support.why}. With machines of your own, README.md tells how to make a cluster of them.`);
    return 1;
  }
  try {
    await demo();
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    console.error(
      `The hosts stay as they are: "npm run lab -- ssh --name ${labName} h1" looks at one, "npm run lab -- down --name ${labName}" removes them.`,
    );
    return 1;
  }
};

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    if (stopped === undefined)
      console.error(`\nstopping; "npm run demo" goes on from here, "npm run lab -- down --name ${labName}" removes what is there`);
    stopped = code;
    // A terminal sends its Ctrl-C to all; the program that runs ends in good order, and is waited for.
    if (child === undefined) process.exit(code);
    if (signal === "SIGTERM") child.kill(signal);
  });
}
setTimeout(() => {
  console.error(`\nThe demo did not end within ${timeout / 60_000} minutes.`);
  process.exit(1);
}, timeout).unref();
process.exit(await main());
