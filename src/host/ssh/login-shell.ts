/**
 * A one-line POSIX script as a command for any login shell: sh, bash, zsh, fish, csh. All of them agree on single quotes, except that fish
 * takes a backslash inside as special and csh a `!`; outside quotes all of them let a backslash quote the next character.
 * @throws RangeError for a script of several lines, which csh cannot take
 */
export const forLoginShell = (script: string): string => {
  if (/[\n\r\0]/.test(script)) throw new RangeError("a script for a login shell is one line");
  return `exec /bin/sh -c '${script.replaceAll(/[\\'!]/g, "'\\$&'")}'`;
};
