/** Whether data, as YAML or JSON give it, is a map: no list, no plain value, not null. */
export const isMap = (data: unknown): data is Readonly<Record<string, unknown>> =>
  typeof data === "object" && data !== null && !Array.isArray(data);
