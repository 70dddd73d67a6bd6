import { UserError } from "../../shared/errors.ts";
import { type Hop, type ResolvedHop, resolveHop } from "./hop.ts";
import { parseProxyJump } from "./jump-spec.ts";
import type { SshEnvironment, SshJump, SshOptions, SshTarget } from "./target.ts";

/** Two jump hosts that name each other would never end. */
const longest = 16;

const jumpsOf = (resolved: ResolvedHop, given: readonly SshJump[] | undefined): readonly SshJump[] => {
  if (given !== undefined) return given;
  const { hop, proxyJump, proxyCommand } = resolved;
  if (proxyCommand !== undefined && proxyCommand.trim().toLowerCase() !== "none") {
    throw new UserError(`the SSH configuration reaches ${hop.name} by a ProxyCommand, which kbs does not run`, {
      exit: "unreachable",
      host: hop.name,
      hint: "write ProxyJump instead, or name the jump hosts in kbs's configuration (ssh.jumpHosts; an empty list goes straight there)",
    });
  }
  return proxyJump === undefined ? [] : parseProxyJump(proxyJump, `the SSH configuration of ${hop.name}`);
};

/**
 * The SSH servers to pass, the target last. As with OpenSSH, each jump host gets its own ssh_config values, and the first of a list
 * may itself have a ProxyJump there.
 * @throws UserError for a configuration that cannot be followed
 */
export const resolveRoute = (target: SshTarget, environment: SshEnvironment, options: SshOptions): readonly Hop[] => {
  const { name, address, jumpHosts, ...login } = target;
  const last = resolveHop(name, { ...login, host: address }, environment, options);
  const route = [last.hop];
  let before = jumpsOf(last, jumpHosts);
  while (before.length > 0) {
    const { agent, connectTimeout, keepAliveInterval } = target;
    const shared = {
      ...(agent === undefined ? {} : { agent }),
      ...(connectTimeout === undefined ? {} : { connectTimeout }),
      ...(keepAliveInterval === undefined ? {} : { keepAliveInterval }),
    };
    const hops = before.map((jump) => resolveHop(`jump host ${jump.host}`, { ...shared, ...jump }, environment, options));
    route.unshift(...hops.map(({ hop }) => hop));
    if (route.length > longest)
      throw new UserError(`${name} is more than ${longest} jump hosts away`, { hint: "do two hosts name each other as ProxyJump?" });
    const [first] = hops;
    // Jump hosts that kbs's own configuration lists are the whole way.
    before = first === undefined || jumpHosts !== undefined ? [] : jumpsOf(first, undefined);
  }
  return route;
};
