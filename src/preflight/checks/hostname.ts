import { isDnsName } from "../../shared/names.ts";
import { type Check, everyHost } from "../check.ts";
import { hostsByName } from "../fleet.ts";

/** HOST_NAME_MAX of Linux. */
const longest = 64;

export const hostnameValid: Check = {
  id: "hostname",
  aliases: ["Hostname"],
  question: "Can the node's name be a host name?",
  severity: "error",
  appliesTo: everyHost,
  ask: ({ host }) =>
    isDnsName(host.name) && host.name.length <= longest && host.name !== "localhost"
      ? undefined
      : {
          problem: `${JSON.stringify(host.name)} cannot be the name of a node`,
          remedy: `use lower-case letters, digits, "-" and ".", at most ${longest} of them, and not "localhost"`,
        },
};

export const hostnameUnique: Check = {
  id: "hostname-unique",
  question: "Is this the machine that the configuration means?",
  severity: "warning",
  appliesTo: everyHost,
  ask: (context) => {
    const { host, facts } = context;
    const { identity } = facts;
    const other = hostsByName(context).get(identity.hostname.toLowerCase());
    if (other === undefined || other.name === host.name) return undefined;
    return {
      problem: `this machine calls itself ${identity.hostname}, which is the name of another host in the configuration (${other.address})`,
      remedy: `if addresses were mixed up, put them right; otherwise ignore this: kbs names it ${host.name}`,
    };
  },
};
