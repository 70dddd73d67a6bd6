import { toYaml } from "../../templates/yaml.ts";

/** Documents one after the other, as kubeadm writes them. */
export const yamlStream = (documents: readonly unknown[]): string => documents.map(toYaml).join("---\n");
