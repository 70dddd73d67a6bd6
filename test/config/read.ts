import { ConfigError, loadConfig, type Problem } from "../../src/config/load.ts";
import type { Cluster } from "../../src/config/types.ts";

type Env = Readonly<Record<string, string>>;

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** Loads a configuration from a text, as `-` does. */
export const load = (text: string, env: Env = {}): Promise<{ cluster: Cluster; warnings: readonly Problem[] }> =>
  loadConfig("-", { stdin: once(text), env });

/** The error that a text leads to. */
export const failure = async (text: string, env: Env = {}): Promise<ConfigError> => {
  try {
    await load(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
};

/** A configuration of one machine that is right, with more of `spec` below it. */
export const minimal = (more = ""): string =>
  `apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: demo }\nspec:\n  hosts: [{ name: n1, address: 10.0.0.11, roles: [control-plane, worker] }]\n${more}`;
