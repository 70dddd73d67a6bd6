import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Log } from "../../test/lab/cache.ts";
import { command } from "../../test/lab/command.ts";
import { type Lab, labClusterYaml, openLab, startLab } from "../../test/lab/index.ts";

/** A lab of its own, so that it stands beside what a person does in others. */
export const labName = "demo";
const count = 3;

const isUp = async ({ hosts }: Lab): Promise<boolean> => {
  const answers = await Promise.allSettled(hosts.map((host) => host.run("true", { timeout: 15_000 })));
  return answers.every((answer) => answer.status === "fulfilled" && answer.value.code === 0);
};

/** Three servers with nothing on them but sshd; or those of the last time, with the cluster that is on them. */
export const bootHosts = async (log: Log): Promise<Lab> => {
  const last = await openLab(labName);
  if (last && (await isUp(last))) {
    log("the hosts of the last time are up");
    return last;
  }
  if (last) {
    log("the hosts of the last time are down: removing them");
    await last.stop();
  }
  log(`booting ${count} bare hosts`);
  return await startLab({ name: labName, hosts: count, keep: true, log });
};

/** Tells ssh and kbs the host keys, as one who has read them off the machines' consoles. What was known of these addresses is of another lab. */
export const knowHosts = async ({ hosts, knownHostsFile }: Lab): Promise<string> => {
  const file = join(homedir(), ".ssh/known_hosts");
  const wanted = await readFile(knownHostsFile, "utf8");
  const known = await readFile(file, "utf8").catch(() => "");
  if (known.includes(wanted)) return file;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  if (known !== "") for (const { address } of hosts) await command("ssh-keygen", ["-q", "-R", address, "-f", file], { timeout: 20_000 });
  const rest = await readFile(file, "utf8").catch(() => "");
  await appendFile(file, `${rest === "" || rest.endsWith("\n") ? "" : "\n"}${wanted}`, { mode: 0o600 });
  return file;
};

/** The files of the demo: they go when the lab is taken down. */
export const filesOf = ({ identityFile }: Lab) => {
  const folder = dirname(identityFile);
  return { config: join(folder, "kbs.yaml"), kubeconfig: join(folder, "kubeconfig") };
};

/** The configuration that the tests use for such hosts, too. */
export const writeConfig = async (lab: Lab, bundle: string): Promise<void> => {
  const { config } = filesOf(lab);
  await writeFile(config, labClusterYaml(lab, { spec: { supply: { bundle } } }), { mode: 0o600 });
};
