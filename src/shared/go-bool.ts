const on: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const off: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** Reads whatever Go's strconv.ParseBool reads; undefined for anything else. */
export const parseGoBool = (text: string): boolean | undefined => (on.has(text) ? true : off.has(text) ? false : undefined);
