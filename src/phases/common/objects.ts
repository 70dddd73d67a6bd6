import type { Change, KubeObject } from "../../changes/change.ts";

/** Objects as changes of the cluster. */
export const objectChanges = (objects: readonly KubeObject[]): Change[] => objects.map((object) => ({ kind: "object", object }));
