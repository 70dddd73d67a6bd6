import { parseSource, toData } from "../document.ts";
import { isKind, isKubeadmGroup } from "./kinds.ts";

/** Whether a text is a file of kubeadm's rather than of kbs's: one document that is kubeadm's is enough. */
export const isKubeadmText = (text: string): boolean =>
  parseSource(text).documents.some((document) => {
    const read = toData(document);
    const data = "data" in read ? read.data : undefined;
    if (typeof data !== "object" || data === null) return false;
    const { apiVersion, kind } = data as { readonly apiVersion?: unknown; readonly kind?: unknown };
    return isKubeadmGroup(apiVersion) || isKind(kind);
  });
