import { neededNode } from "../shared/version.ts";

export { version } from "../shared/version.ts";

const numbers = (text: string): readonly number[] => text.replace(/^\D+/, "").split(".").map(Number);

/** The sentence with which kbs declines a Node.js that is too old for it; undefined when it is not. */
export const declineNode = (running: string, needed: string = neededNode): string | undefined => {
  const [[major = 0, minor = 0], [wantedMajor = 0, wantedMinor = 0]] = [numbers(running), numbers(needed)];
  const isOld = major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  return isOld ? `kbs needs Node.js ${needed.replace(">=", "")} or newer; this is ${running}` : undefined;
};
