import { parseSource, toData } from "../document.ts";
import { isKind, isKubeadmGroup } from "./kinds.ts";

/** Whether a text is a file of kubeadm's rather than of kbs's: the first document that says so decides. */
export const isKubeadmText = (text: string): boolean => {
  for (const document of parseSource(text).documents) {
    const read = toData(document);
    const data = "data" in read ? read.data : undefined;
    if (typeof data !== "object" || data === null) continue;
    const { apiVersion, kind } = data as { readonly apiVersion?: unknown; readonly kind?: unknown };
    if (typeof apiVersion === "string" && apiVersion !== "") return isKubeadmGroup(apiVersion);
    if (isKind(kind)) return true;
  }
  return false;
};
