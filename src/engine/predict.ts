import { changeId, type HostChange, loadedBy } from "../changes/change.ts";

/** A change of one host as the check reading has found it. */
export interface Checked {
  readonly change: HostChange;
  /** What differs; empty when it is as wished. */
  readonly differs: string;
}

/** A process that ends and starts again, or starts, when the changes of a plan are made. */
export interface Restart {
  /** `kubelet.service`, `static pod kube-apiserver`. */
  readonly what: string;
  /** Whether it runs now: else it is started. */
  readonly running: boolean;
  /** The paths that bring it about; none when the process itself is not as wished. */
  readonly because: readonly string[];
}

export interface Prediction {
  /** Changes that are as wished now and will differ once those before them are made, with the reason. By their ids. */
  readonly consequences: ReadonlyMap<string, string>;
  readonly restarts: readonly Restart[];
}

const manifest = /^\/etc\/kubernetes\/manifests\/(.+)\.yaml$/;
/** Executables count as other ones whenever they are written, see `inputs` in src/changes/sh/check.ts. */
const executable = /^\/(usr\/bin|usr\/local|opt)\//;

/** Paths whose content will be another. Mode and owner alone are nothing that a process has loaded. */
const rewritten = (checked: readonly Checked[]): ReadonlySet<string> =>
  new Set(
    checked.flatMap(({ change, differs }) => {
      if (differs === "" || !("path" in change)) return [];
      return differs.startsWith("mode and owner") && !executable.test(change.path) ? [] : [change.path];
    }),
  );

const because = (paths: readonly string[]): string => `${paths.join(", ")} ${paths.length === 1 ? "changes" : "change"}`;

/**
 * What the changes of one host bring about: services and static pods load their inputs anew, also those that a check finds as wished now.
 * @param checked every change of the host, in the order in which they are made.
 */
export const predict = (checked: readonly Checked[]): Prediction => {
  const paths = rewritten(checked);
  const consequences = new Map<string, string>();
  const restarts = new Map<string, Restart>();
  for (const { change, differs } of checked) {
    if (change.kind === "service") {
      const changed = loadedBy(change).filter((path) => paths.has(path));
      if (differs === "" && changed.length > 0) consequences.set(changeId(change), because(changed));
      if (differs !== "" || changed.length > 0)
        restarts.set(change.unit, { what: change.unit, running: !differs.includes("not running"), because: changed });
    } else if (change.kind === "static-pod") {
      const changed = change.inputs.filter((path) => paths.has(path));
      if (differs === "" && changed.length > 0) consequences.set(changeId(change), because(changed));
      if (differs !== "" || changed.length > 0) addPod(restarts, change.name, changed, true);
    } else if ("path" in change && paths.has(change.path)) {
      const [, pod] = manifest.exec(change.path) ?? [];
      if (pod !== undefined) addPod(restarts, pod, [change.path], differs !== "absent");
    }
  }
  return { consequences, restarts: [...restarts.values()] };
};

/** One pod is restarted once, whatever the reasons; without a manifest it does not run yet. */
const addPod = (restarts: Map<string, Restart>, pod: string, paths: readonly string[], running: boolean): void => {
  const before = restarts.get(pod);
  restarts.set(pod, {
    what: `static pod ${pod}`,
    running: running && (before?.running ?? true),
    because: [...(before?.because ?? []), ...paths],
  });
};
