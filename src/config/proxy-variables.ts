import { secrets } from "../shared/secrets.ts";
import type { Variable } from "./types.ts";

/** By what somebody logs in to a proxy, as it stands before the last `@`: `user:password`. */
const loginIn = (value: string): string | undefined => /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/i.exec(value)?.[1];

/** Of one that is too short to be masked by itself, together with the user's name. */
const keepSecret = (value: string): void => {
  const login = loginIn(value);
  const at = login?.indexOf(":") ?? -1;
  if (login === undefined || at === -1) return;
  secrets.add(login.slice(at + 1));
  secrets.add(`${login}@`);
};

/**
 * The proxy variables of an environment, however their names are written, but empty ones: those that kubeadm takes (GetProxyEnvVars in app/util/env.go).
 * A password in them is a secret from then on.
 */
export const proxyVariables = (environment: Readonly<Record<string, string | undefined>>): readonly Variable[] =>
  Object.entries(environment).flatMap(([name, value]) => {
    if (!/_proxy$/i.test(name) || !value) return [];
    keepSecret(value);
    return [{ name, value }];
  });
