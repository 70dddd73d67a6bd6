import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import { lasting, passing, type Trouble } from "./trouble.ts";

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const firewall = "see whether the machine is up, and whether a firewall on the way lets TCP through to that port";

/** Why there is no TCP connection. */
export const socketTrouble = (endpoint: Endpoint, error: unknown): Trouble => {
  const where = formatEndpoint(endpoint);
  const { host, port } = endpoint;
  switch (codeOf(error)) {
    case "ENOTFOUND":
      return lasting(`the name ${host} is not known: it cannot be resolved on this machine`, {
        hint: `correct it, or make it known here, by DNS or in /etc/hosts ("getent hosts ${host}" tells whether it is)`,
      });
    case "EAI_AGAIN":
      return passing(`the name ${host} cannot be resolved: no DNS server answers`, {
        hint: "see /etc/resolv.conf and whether the server that it names can be reached",
      });
    case "ECONNREFUSED":
      return passing(`${where} refuses the connection: nothing listens on port ${port} there`, {
        hint: "see whether the API server runs, and whether this is its port (6443 unless somebody chose another)",
      });
    case "ENETUNREACH":
      return lasting(`there is no route from this machine to ${host}`, {
        hint: `"ip route get ${host}" tells; correct the address, or this machine's network`,
      });
    case "EHOSTUNREACH":
      return passing(`${host} cannot be reached: there is no route to it, or it is down`, {
        hint: `"ip route get ${host}" tells the way; ${firewall}`,
      });
    default:
      return error instanceof Error && error.name === "TimeoutError"
        ? passing(`${where} does not answer`, { hint: firewall })
        : passing(`no connection to ${where}: ${messageOf(error)}`, { hint: firewall });
  }
};

/**
 * Why there is no TLS on a connection.
 * @param greet what the server says without TLS
 */
export const tlsTrouble = async (endpoint: Endpoint, error: unknown, greet: () => Promise<string | undefined>): Promise<Trouble> => {
  const where = formatEndpoint(endpoint);
  const code = codeOf(error);
  const port = "see whether this is the API server's port (6443 unless somebody chose another)";
  if (/^ERR_SSL_.*ALERT/.test(code)) return lasting(`${where} refuses TLS: ${messageOf(error)}`, { hint: port });
  if (code.startsWith("ERR_SSL_") || code === "EPROTO") {
    const said = await greet();
    const what = said === undefined ? "" : `: it says ${JSON.stringify(said)}`;
    return lasting(`what answers at ${where} does not speak TLS, so it is no Kubernetes API server${what}`, { hint: port });
  }
  if (error instanceof Error && error.name === "TimeoutError")
    return passing(`${where} takes the connection, and then says nothing`, {
      probably: "it hangs, or what listens there does not speak TLS",
      hint: port,
    });
  return passing(`${where} closes the connection before TLS is agreed on`, {
    probably: "a load balancer without a server behind it, an API server that is just starting, or another program",
    hint: port,
  });
};
