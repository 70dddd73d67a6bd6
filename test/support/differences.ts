const show = (value: unknown): string => (value === undefined ? "nothing" : (JSON.stringify(value) ?? "undefined")).slice(0, 2000);

const isFolder = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

/** Where two values differ, a line each: short enough to read, unlike the values. */
export const differences = (expected: unknown, found: unknown, path = ""): string[] => {
  if (isFolder(expected) && isFolder(found) && Array.isArray(expected) === Array.isArray(found)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
    return keys.flatMap((key) => differences(expected[key], found[key], path === "" ? key : `${path} > ${key}`));
  }
  return Object.is(expected, found) ? [] : [`${path}: expected ${show(expected)}, found ${show(found)}`];
};
