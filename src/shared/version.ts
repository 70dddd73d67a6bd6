import manifest from "../../package.json" with { type: "json" };

/** Of kbs. */
export const version: string = manifest.version;
