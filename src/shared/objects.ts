/** The keys of an object literal, by the names its type knows. */
export const keysOf = <T extends object>(value: T): readonly (keyof T & string)[] =>
  Object.keys(value).filter((key): key is keyof T & string => key in value);
