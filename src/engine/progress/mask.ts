/** A value with every text in it masked. Keys are kbs's own and stay. */
export const maskDeep = <T>(value: T, mask: (text: string) => string): T => {
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") return mask(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts become texts and the shape stays
  return walk(value) as T;
};
