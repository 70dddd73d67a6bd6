import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { baseRoot } from "./base.ts";
import { labBundle } from "./bundle.ts";
import { goBuildAll } from "./go-build.ts";
import { defaultMinor, isKubernetesMinor, type KubernetesMinor, kubernetesReleases } from "./go-recipes.ts";
import { type Lab, openLab, removeLab, startLab } from "./lab.ts";
import { cacheDirectory, stateDirectory } from "./paths.ts";
import { sshWords } from "./ssh.ts";
import { type Flavour, flavours, labNames } from "./state.ts";
import { requireLab } from "./support.ts";

const help = `Real systemd hosts on this machine, for trying out and testing kbs.

  npm run lab -- up [N]             boots N hosts, h1 … hN (3 when not told)
      --flavour bare|prepared       bare: sshd only; prepared: ready for kubeadm (bare when not told)
      --kubernetes MINOR            of prepared hosts: 1.35, 1.36 or 1.37 (1.36 when not told)
      --name NAME                   several labs can be up at once ("lab" when not told)
  npm run lab -- ssh HOST [CMD…]    a shell on a host, or one command
      --user USER                   root, admin (sudo without password) or carol (sudo with one)
  npm run lab -- status             what is up
  npm run lab -- down               removes a lab, disks and all
      --name NAME | --all
  npm run lab -- build              builds Kubernetes and the rest from source: about 12 minutes on 2 cores, once
      --kubernetes MINOR            1.35, 1.36 or 1.37 (1.36 when not told)
  npm run lab -- bundle             makes the bundle of it; its path is on the last line
      --kubernetes MINOR

It needs Linux, root, Go, and a Debian or Ubuntu user land.
Built things are in ${cacheDirectory()} ($KBS_LAB_CACHE), labs in ${stateDirectory()} ($KBS_LAB_STATE).
`;

/** A wrong command line: told without more, with exit code 2. */
class UsageError extends Error {}

const defaultName = "lab";
const started = Date.now();
const log = (line: string): void => console.error(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);

const existing = async (name: string): Promise<Lab> => {
  const lab = await openLab(name);
  if (lab) return lab;
  const others = await labNames();
  throw new UsageError(
    `no lab is called ${name}${others.length > 0 ? ` (there is ${others.join(", ")})` : ', "npm run lab -- up" starts one'}`,
  );
};

const parseFlavour = (word: string): Flavour => {
  const flavour = flavours.find((known) => known === word);
  if (!flavour) throw new UsageError(`"${word}" is no flavour: bare or prepared`);
  return flavour;
};

const parseMinor = (word: string): KubernetesMinor => {
  if (isKubernetesMinor(word)) return word;
  throw new UsageError(`the lab does not build Kubernetes "${word}", but ${Object.keys(kubernetesReleases).join(", ")}`);
};

const describe = (lab: Lab): string =>
  [
    `${lab.name}: ${lab.hosts.length} ${lab.flavour} hosts for Kubernetes ${lab.kubernetes} on ${lab.bridge} (${lab.subnet})`,
    `  key ${lab.identityFile}`,
    `  known hosts ${lab.knownHostsFile}`,
    ...lab.hosts.map((host) => `  ${host.name.padEnd(4)} ${host.address}`),
  ].join("\n");

const up = async (lab: Lab): Promise<void> => {
  log("up");
  console.log(describe(lab));
  console.log(`next: npm run lab -- ssh h1${lab.name === defaultName ? "" : ` --name ${lab.name}`}`);
};

const status = async (): Promise<void> => {
  const names = await labNames();
  if (names.length === 0) console.log("no lab is up");
  for (const name of names) {
    const lab = await openLab(name);
    if (!lab) {
      console.log(`${name}: left by a start that was cut off; "npm run lab -- down --name ${name}" removes it`);
      continue;
    }
    console.log(describe(lab));
    for (const host of lab.hosts) {
      const leader = await host.leaderPid().catch(() => undefined);
      console.log(`  ${host.name.padEnd(4)} ${leader === undefined ? "down" : `up, process ${leader}`}`);
    }
  }
};

const down = async (names: readonly string[]): Promise<void> => {
  for (const name of names) {
    log(`removing ${name}`);
    await removeLab(name);
  }
  log("nothing is left");
};

/** Hands the terminal over to ssh, and ends as it ends. */
const ssh = async (lab: Lab, hostName: string, user: string, words: readonly string[]): Promise<number> => {
  const host = lab.hosts.find((candidate) => candidate.name === hostName);
  if (!host) throw new UsageError(`${lab.name} has no host "${hostName}": it has ${lab.hosts.map(({ name }) => name).join(", ")}`);
  const child = spawn("ssh", [...sshWords(lab, user, host.address), ...words], { stdio: "inherit" });
  return new Promise((resolve, reject) => child.once("error", reject).once("close", (code) => resolve(code ?? 255)));
};

const options = {
  name: { type: "string", default: defaultName },
  flavour: { type: "string", default: "bare" },
  kubernetes: { type: "string", default: defaultMinor },
  user: { type: "string", default: "root" },
  all: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Splits off what belongs to the command that ssh is to run, which may have options of its own. */
const parse = (words: readonly string[]) => {
  const host =
    words[0] === "ssh"
      ? words.findIndex((word, at) => at > 0 && !word.startsWith("-") && !/^--(name|user)$/.test(words[at - 1] ?? ""))
      : -1;
  const own = host < 0 ? words.length : host + 1;
  try {
    return { ...parseArgs({ args: words.slice(0, own), options, allowPositionals: true }), rest: words.slice(own) };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

const main = async (words: readonly string[]): Promise<number> => {
  const { values, positionals, rest } = parse(words);
  const [verb, argument] = positionals;
  if (values.help || verb === undefined || verb === "help") {
    console.log(help);
    return verb === undefined && !values.help ? 2 : 0;
  }
  requireLab();
  const kubernetes = parseMinor(values.kubernetes);
  switch (verb) {
    case "up": {
      const hosts = Number(argument ?? 3);
      if (!Number.isInteger(hosts) || hosts < 1 || hosts > 99) throw new UsageError(`"${argument}" is no number of hosts: 1 to 99`);
      await up(await startLab({ name: values.name, hosts, flavour: parseFlavour(values.flavour), kubernetes, keep: true, log }));
      return 0;
    }
    case "down":
      if (!values.all && !(await labNames()).includes(values.name)) await existing(values.name);
      await down(values.all ? await labNames() : [values.name]);
      return 0;
    case "status":
      await status();
      return 0;
    case "ssh":
      return ssh(await existing(values.name), argument ?? "", values.user, rest);
    case "build":
      await goBuildAll(log, kubernetes);
      await baseRoot(log);
      log("everything is built");
      return 0;
    case "bundle":
      console.log(await labBundle(log, kubernetes));
      return 0;
    default:
      throw new UsageError(`"${verb}" is no command of the lab: up, down, ssh, status, build or bundle ("npm run lab -- help" tells more)`);
  }
};

// Commands of the lab have process groups of their own; they are ended as this process exits.
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
