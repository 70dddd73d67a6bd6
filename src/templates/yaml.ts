import { stringify } from "yaml";

/**
 * YAML as Kubernetes' own tools write and read it: sorted keys, two spaces, lists not indented, no document marker. The readers follow YAML 1.1, where `on`
 * and `1_0` are not text; `compat` quotes what YAML 1.2 would not take for text either.
 */
export const toYaml = (value: unknown): string =>
  stringify(value, { version: "1.1", compat: "core", sortMapEntries: true, indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false });
