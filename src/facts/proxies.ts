import { fact } from "./fact.ts";
import { keyValues } from "./text.ts";

/** Proxy variables in /etc/environment, by lower-case name (`http_proxy`, `https_proxy`, `no_proxy` …). Log-in data in them stays on the host. */
export type ProxiesFact = Readonly<Record<string, string>>;

export const proxies = fact(
  "proxies",
  `grep -iE '^[[:space:]]*(export[[:space:]]+)?[a-z]+_proxy=' /etc/environment | sed 's#=\\(["'\\'']\\{0,1\\}\\)\\([a-zA-Z0-9]*://\\)\\{0,1\\}.*@#=\\1\\2***@#'`,
  (output): ProxiesFact =>
    Object.fromEntries(
      [...keyValues(output)].map(([name, value]) => [name.replace(/^export\s+/, "").toLowerCase(), value.replaceAll(/^["']|["']$/g, "")]),
    ),
);
