import { fact } from "./fact.ts";

/** The text of /etc/hosts; empty where there is none. */
export const hostsFile = fact("hostsFile", "cat /etc/hosts", (output): string => output);
