import { quote } from "../shared/quote.ts";

/**
 * One line of sh that becomes root and then runs the loader. All it says goes to stderr, after a marker that nobody else can print:
 * `root` (the log-in is root), `ok` (sudo or doas let us in), `none` (neither is there). sudo's prompt is the marker and `ask`.
 *
 * The password may be written only after the marker: a sudo that needs none leaves it in stdin, and the loader would read it.
 * doas is taken only where it asks for nothing, because it reads its password from a terminal.
 * @param maySend whether a password could be given if asked; without one sudo is told not to ask, which counts as no failed try
 */
export const rootScript = (loader: string, marker: string, maySend: boolean): string => {
  const m = quote(marker);
  const run = quote(`echo "$0 ok" >&2; exec /bin/sh -c "$1"`);
  const rest = `/bin/sh -c ${run} ${m} ${quote(loader)}`;
  const sudo = maySend ? `sudo -S -p ${quote(`${marker} ask `)}` : "sudo -n";
  return [
    // English messages, so that ways of failing can be told apart; the same for every log-in, so that commands behave alike.
    "LC_ALL=C; export LC_ALL",
    `if [ "$(id -u)" = 0 ]; then echo ${quote(`${marker} root`)} >&2; exec /bin/sh -c ${quote(loader)}; fi`,
    `if command -v doas >/dev/null 2>&1 && doas -n /bin/sh -c : </dev/null >/dev/null 2>&1; then exec doas -n ${rest}; fi`,
    `if command -v sudo >/dev/null 2>&1; then exec ${sudo} ${rest}; fi`,
    `echo ${quote(`${marker} none`)} >&2; exit 1`,
  ].join("; ");
};
