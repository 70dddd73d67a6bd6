import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Place } from "./sshd.ts";

/** A Unix user for the length of a test file. */
export interface TestUser {
  readonly name: string;
  readonly home: string;
  readonly remove: () => void;
}

export interface UserSetup {
  readonly shell?: string;
  readonly password?: string;
  /** What follows the name in a sudoers rule, such as `ALL=(ALL) NOPASSWD: ALL`. */
  readonly sudo?: string;
  /** Files of the home directory. */
  readonly files?: Readonly<Record<string, string>>;
}

const prefix = "kbst";

/** useradd and userdel lock /etc/passwd and give up at once when another test has it. */
const patiently = (command: string, args: readonly string[]): void => {
  for (let tries = 0; ; tries++) {
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status === 0) return;
    if (tries > 100 || !/lock/.test(stderr)) throw new Error(`${command}: ${stderr}`);
    execFileSync("sleep", ["0.1"]);
  }
};

const removeUser = (name: string): void => {
  rmSync(`/etc/sudoers.d/${name}`, { force: true });
  patiently("userdel", ["-f", name]);
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Users that a killed test run left behind: their names hold its process id. */
export const removeLeftUsers = (): void => {
  for (const [, name = "", pid] of readFileSync("/etc/passwd", "utf8").matchAll(new RegExp(`^(${prefix}(\\d+)x\\w+):`, "gm"))) {
    if (!isAlive(Number(pid))) removeUser(name);
  }
};

let count = 0;

export const addUser = (place: Place, setup: UserSetup = {}): TestUser => {
  const name = `${prefix}${process.pid}x${Math.random().toString(36).slice(2, 6)}${count++}`;
  const home = place.at(name);
  const hash = setup.password === undefined ? "*" : execFileSync("openssl", ["passwd", "-6", setup.password], { encoding: "utf8" }).trim();
  patiently("useradd", ["-M", "-d", home, "-s", setup.shell ?? "/bin/sh", "-p", hash, name]);
  const id = (flag: string): number => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  mkdirSync(home);
  for (const [file, text] of Object.entries(setup.files ?? {})) writeFileSync(`${home}/${file}`, text);
  chownSync(home, id("-u"), id("-g"));
  if (setup.sudo !== undefined) writeFileSync(`/etc/sudoers.d/${name}`, `${name} ${setup.sudo}\n`, { mode: 0o440 });
  return { name, home, remove: () => removeUser(name) };
};
