import { isMap } from "../../shared/is-map.ts";
import { judgeKubelet, judgeProxy } from "../kubeadm/rules/component-documents.ts";
import { kubeletSchema, kubeProxySchema } from "../kubeadm/schema-components.ts";
import { withoutNulls } from "../kubeadm/written.ts";
import type { Finding } from "../problems.ts";
import type { SchemaNode } from "../schema-node.ts";
import { type ShapeJudge, shapeJudge } from "../shape.ts";
import type { Fragment } from "../types.ts";

/** What a component itself takes of a fragment of its configuration: what a document of its kind in a file of kubeadm's is judged by, too. */
export interface ComponentFormat {
  readonly shape: ShapeJudge;
  readonly meaning: (fragment: Fragment) => readonly Finding[];
}

/** A fragment names neither its apiVersion nor its kind. */
const shapeOf = (schema: SchemaNode): ShapeJudge => shapeJudge({ ...schema, required: [] });

export const kubeletFormat: ComponentFormat = { shape: shapeOf(kubeletSchema), meaning: judgeKubelet };
export const proxyFormat: ComponentFormat = { shape: shapeOf(kubeProxySchema), meaning: judgeProxy };

/** What a component would refuse of a fragment, at which it would end on every node; and the fragment without what has the wrong shape. */
export const judgeFormat = ({ shape, meaning }: ComponentFormat, fragment: Fragment): { findings: readonly Finding[]; rest: Fragment } => {
  const whole = withoutNulls(fragment);
  const { apiVersion: _, kind: __, ...fields } = whole;
  const found = shape.check(fields);
  const pruned = shape.prune(whole, found);
  const rest = isMap(pruned) ? pruned : {};
  return { findings: [...found, ...meaning(rest)], rest };
};
