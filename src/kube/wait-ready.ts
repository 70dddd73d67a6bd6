import { type Followed, follow, keyOf } from "./follow.ts";
import { daemonSetReady, deploymentReady, nodeReady, podReady } from "./ready.ts";
import type { Kube, LiveObject, Selection } from "./types.ts";
import { notWithin, type UntilOptions } from "./until.ts";

export interface Awaited {
  /** Nodes that must exist and be Ready. */
  readonly nodes: readonly string[];
  /** Namespaces whose Deployments and DaemonSets must be rolled out, and whose pods must be ready. */
  readonly namespaces: readonly string[];
  /** Pods of these namespaces that must be there, as "namespace/name": of static pods the API knows nothing until a kubelet shows them. */
  readonly pods?: readonly string[];
  /** Nodes that are known to be away, and are not waited for: their pods are passed over. */
  readonly away?: readonly string[];
}

interface Placed extends LiveObject {
  readonly spec?: { readonly nodeName?: string };
}

/** Why something followed is not ready, a sentence for each. */
type Judge = (objects: Followed) => readonly string[];

const judgeNodes =
  (names: readonly string[]): Judge =>
  (objects) =>
    names.flatMap((name) => {
      const node = objects.get(`/${name}`);
      const reason = node ? nodeReady(node) : "has not registered yet";
      return reason === undefined ? [] : [`node ${name}: ${reason}`];
    });

const judgeEach =
  (word: string, judge: (object: LiveObject) => string | undefined): Judge =>
  (objects) =>
    [...objects.values()].flatMap((object) => {
      const reason = judge(object);
      return reason === undefined ? [] : [`${word} ${object.metadata.name}: ${reason}`];
    });

const judgePods = (expected: readonly string[], away: readonly string[]): Judge => {
  const isAway = ({ spec }: Placed): boolean => spec?.nodeName !== undefined && away.includes(spec.nodeName);
  const judge = judgeEach("pod", (pod) => (isAway(pod) ? undefined : podReady(pod)));
  return (objects) => [
    ...expected.filter((key) => !objects.has(key)).map((key) => `pod ${key.split("/")[1]}: its kubelet has not shown it yet`),
    ...judge(objects),
  ];
};

/** Pods speak before their owners: they know more. */
const questions = ({ nodes, namespaces, pods = [], away = [] }: Awaited): readonly { readonly of: Selection; readonly judge: Judge }[] => [
  { of: { apiVersion: "v1", kind: "Node" }, judge: judgeNodes(nodes) },
  ...namespaces.flatMap((namespace) => [
    {
      of: { apiVersion: "v1", kind: "Pod", namespace },
      judge: judgePods(
        pods.filter((key) => key.startsWith(`${namespace}/`)),
        away,
      ),
    },
    {
      of: { apiVersion: "apps/v1", kind: "Deployment", namespace },
      judge: judgeEach("deployment", (object) => deploymentReady(object, away.length)),
    },
    {
      of: { apiVersion: "apps/v1", kind: "DaemonSet", namespace },
      judge: judgeEach("daemon set", (object) => daemonSetReady(object, away.length)),
    },
  ]),
];

const summary = (problems: readonly string[]): string => {
  const [shown, more] = [problems.slice(0, 3), problems.length - 3];
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join("; ");
};

/** What of it is not ready now, a sentence each: one look, without waiting. */
export const lookReady = async (kube: Kube, awaited: Awaited, signal: AbortSignal): Promise<readonly string[]> => {
  const looks = questions(awaited).map(async ({ of, judge }) => {
    const { items } = await kube.list(of, { signal });
    return judge(new Map(items.map((object) => [keyOf(object), object])));
  });
  return (await Promise.all(looks)).flat();
};

/**
 * Waits until nodes and pods are ready, by watches: it ends with the event that brings it about.
 * @throws UserError exit "phase", with what was missing last, after the time limit; `signal.reason`; KubeError.
 */
export const waitReady = async (kube: Kube, awaited: Awaited, { timeout, signal, onWait }: Omit<UntilOptions, "every">): Promise<void> => {
  const limit = AbortSignal.timeout(timeout);
  const done = new AbortController();
  const ended = AbortSignal.any([limit, done.signal, ...(signal ? [signal] : [])]);
  let ready = false;
  let last = "the first look has not ended";
  const say = (reason: string): void => {
    if (reason !== last) onWait?.(reason);
    last = reason;
  };
  const asked = questions(awaited);
  const problems: (readonly string[] | undefined)[] = asked.map(() => undefined);
  const judgeAll = (): void => {
    const known = problems.flatMap((list) => list ?? []);
    if (known.length > 0) return say(summary(known));
    ready = !problems.includes(undefined);
    if (ready) done.abort();
  };
  const followers = asked.map(({ of, judge }, index) => {
    const onChange = (objects: Followed): void => {
      problems[index] = judge(objects);
      judgeAll();
    };
    return follow(kube, of, { signal: ended, onChange, onTrouble: say });
  });
  try {
    await Promise.all(followers);
  } finally {
    done.abort();
    await Promise.allSettled(followers);
  }
  if (ready) return;
  signal?.throwIfAborted();
  throw notWithin("waiting for nodes and pods to be ready", timeout, last);
};
