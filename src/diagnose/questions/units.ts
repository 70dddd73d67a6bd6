import { fact } from "../../facts/fact.ts";
import { keyValues, toNumber } from "../../facts/text.ts";

/** What systemd says of a service. */
export interface UnitState {
  /** `loaded`, `not-found`, `masked` … */
  readonly load: string;
  /** `active`, `activating`, `failed`, `inactive` … */
  readonly active: string;
  /** `running`, `auto-restart`, `dead` … */
  readonly sub: string;
  /** `success`, `exit-code`, `signal`, `oom-kill` … */
  readonly result: string;
  /** Of its main process, when it ended last. */
  readonly exitStatus?: number;
  /** How often systemd has started it again by itself. */
  readonly restarts: number;
}

/** By name, without `.service`. */
export type UnitStates = Readonly<Record<string, UnitState>>;

const asked = ["kubelet", "containerd", "etcd"];
const fields = ["Id", "LoadState", "ActiveState", "SubState", "Result", "ExecMainStatus", "NRestarts"];

export const units = fact(
  "unitStates",
  `systemctl --no-pager show ${fields.map((name) => `-p ${name}`).join(" ")} ${asked.map((name) => `${name}.service`).join(" ")}
echo
systemctl --no-pager --no-legend --plain list-units --state=failed | head -n 20 | sed 's/^/failed unit: /'`,
  (output): UnitStates =>
    Object.fromEntries(
      output.split(/\n\s*\n/).flatMap((block): [string, UnitState][] => {
        const values = keyValues(block);
        const id = values.get("Id")?.replace(/\.service$/, "");
        if (id === undefined) return [];
        const field = (name: string): string => values.get(name) ?? "";
        const exitStatus = toNumber(values.get("ExecMainStatus"));
        const state = { load: field("LoadState"), active: field("ActiveState"), sub: field("SubState"), result: field("Result") };
        return [[id, { ...state, restarts: toNumber(values.get("NRestarts")) ?? 0, ...(exitStatus !== undefined && { exitStatus }) }]];
      }),
    ),
  { secret: true },
);
