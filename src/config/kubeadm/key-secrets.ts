import { type Document, isMap, isNode, isPair, isScalar, isSeq, visit } from "yaml";
import { secrets } from "../../shared/secrets.ts";
import { type Range, secretRanges } from "../plain-secrets.ts";
import type { Documents } from "./file-types.ts";

/** Maps and lists that are named after the token in them, of which the rest may be shown. */
const containers = new Set(["bootstrapToken", "bootstrapTokens"]);

/** What looks like a token or a key is one, whatever name it stands under: names may be misspelt. */
const looksSecret = /^[a-z0-9]{4,8}\.[a-z0-9]{14,18}$|^[0-9a-f]{40,}$/i;

/** Where tokens, certificate keys and passwords stand in the text of a document. */
export const kubeadmSecretRanges = (document: Document.Parsed): Range[] => {
  const keys: Range[] = [];
  const open = new Set<number>();
  visit(document, {
    Pair: (_, pair) => {
      if (!isPair(pair) || !isScalar(pair.key) || !isNode(pair.value) || !pair.value.range) return;
      const [start, end] = pair.value.range;
      const name = String(pair.key.value);
      if (containers.has(name) && (isMap(pair.value) || isSeq(pair.value))) open.add(start);
      if (name === "certificateKey") keys.push({ start, end });
    },
    Scalar: (_, { value, range }) => {
      if (typeof value === "string" && looksSecret.test(value) && range) keys.push({ start: range[0], end: range[1] });
    },
  });
  return [...secretRanges(document).filter(({ start }) => !open.has(start)), ...keys];
};

/** The part of a token that is secret: its id is public. */
const secretOf = (token: string | undefined): string | undefined => token?.split(".")[1];

/** Registers the tokens and keys of documents, so that no message shows them. */
export const registerSecrets = ({ InitConfiguration: init, JoinConfiguration: join }: Documents): void => {
  const found = [
    ...(init?.bootstrapTokens ?? []).map(({ token }) => secretOf(token)),
    init?.certificateKey,
    secretOf(join?.discovery?.bootstrapToken?.token),
    secretOf(join?.discovery?.tlsBootstrapToken),
    join?.controlPlane?.certificateKey,
  ];
  for (const text of found) if (text !== undefined && text.length >= 8) secrets.add(text);
};
