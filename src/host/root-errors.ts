import { UserError } from "../shared/errors.ts";

/** Who wants to be root, where. */
export interface Who {
  readonly host: string;
  readonly user: string;
}

const sudoers = "/etc/sudoers.d/kbs";

interface Way {
  readonly pattern: RegExp;
  readonly why: (who: Who) => string;
  readonly hint: (who: Who) => string;
}

/** sudo's ways of saying no, as of sudo 1.8 to 1.9 in English. "unable to resolve host" is not among them: sudo goes on after it. */
const ways: readonly Way[] = [
  {
    pattern: /a password is required|a terminal is required|no password was provided/,
    why: ({ user }) => `sudo wants the password of "${user}", and none is known`,
    hint: ({ user }) =>
      `set sudoPassword (it may be a reference, such as env:NAME), or let ${user} use sudo without one: ${user} ALL=(ALL) NOPASSWD: ALL`,
  },
  {
    pattern: /must have a tty/,
    why: () => "sudo there insists on a terminal (requiretty)",
    hint: ({ user }) => `add "Defaults:${user} !requiretty" by visudo -f ${sudoers}`,
  },
  {
    pattern: /is not in the sudoers file|may not run sudo|is not allowed to run sudo/,
    why: ({ user }) => `the user "${user}" may not use sudo`,
    hint: ({ user }) => `as root, add "${user} ALL=(ALL) ALL" by visudo -f ${sudoers}, or log in as another user`,
  },
  {
    pattern: /is not allowed to execute/,
    why: ({ user }) => `sudo does not let "${user}" run /bin/sh as root`,
    hint: ({ user }) => `as root, add "${user} ALL=(ALL) ALL" by visudo -f ${sudoers}: kbs runs its scripts by /bin/sh`,
  },
  {
    pattern: /incorrect password|Sorry, try again|Authentication failure/i,
    why: ({ user }) => `sudo did not take the password of "${user}"`,
    hint: () => "correct sudoPassword; a few wrong tries may lock the account for some minutes",
  },
  {
    pattern: /account validation failure|password is expired|PAM account management|authentication token is no longer valid/i,
    why: ({ user }) => `the account "${user}" has expired or is locked`,
    hint: ({ user }) => `log in as ${user} by hand and run sudo once: it says what it needs`,
  },
  {
    pattern: /must be owned by uid 0|no new privileges|effective uid is not 0/i,
    why: () => "sudo there cannot make anyone root",
    hint: () => "sudo has lost its setuid bit or the file system is mounted nosuid; log in as root or repair it",
  },
  {
    pattern: /syntax error|parse error|unable to (stat|open) .*sudoers|no valid sudoers sources/i,
    why: () => "the sudoers files there have a mistake",
    hint: () => "as root, run visudo -c: it shows where",
  },
  {
    pattern: /account is currently not available|login is currently disabled/i,
    why: ({ user }) => `the log-in shell of "${user}" lets nobody in`,
    hint: ({ user }) => `give ${user} a shell (chsh -s /bin/sh ${user}) or log in as another user`,
  },
];

const error = ({ host }: Who, message: string, hint: string, output: string): UserError =>
  new UserError(`no root shell on ${host}: ${message}`, { exit: "unreachable", host, hint, ...(output === "" ? {} : { output }) });

/** Neither sudo nor a doas that asks no password is there. */
export const noSudo = (who: Who): UserError =>
  error(who, `"${who.user}" is not root, and neither sudo nor a doas without password is there`, "install sudo, or log in as root", "");

/** The password was wrong: sudo asked for it once more. */
export const wrongPassword = (who: Who): UserError =>
  error(
    who,
    `sudo did not take the password of "${who.user}"`,
    "correct sudoPassword; a few wrong tries may lock the account for some minutes",
    "",
  );

export const tookTooLong = (who: Who, seconds: number, output: string): UserError =>
  error(
    who,
    `nothing was ready after ${seconds} s`,
    `log in as ${who.user} by hand and run sudo once: does it, or the shell's start-up file, wait for something?`,
    output,
  );

const lastOf = (stderr: string): string => stderr.trim().slice(-1000);

/** Why nobody became root, where what was printed is known to say so. */
export const knownRefusal = (who: Who, stderr: string): UserError | undefined => {
  const way = ways.find(({ pattern }) => pattern.test(stderr));
  return way && error(who, way.why(who), way.hint(who), lastOf(stderr));
};

/** The shell ended before it was root: finds the reason in what was printed. */
export const refusedRoot = (who: Who, code: number | null, stderr: string): UserError =>
  knownRefusal(who, stderr) ??
  error(
    who,
    `the shell ended at once${code === null ? "" : ` with code ${code}`}`,
    `log in as ${who.user} by hand and run: sudo /bin/sh -c id`,
    lastOf(stderr),
  );
