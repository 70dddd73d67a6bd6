import manifest from "../../package.json" with { type: "json" };

/** Of kbs. */
export const version: string = manifest.version;

/** The Node.js that kbs needs: `>=22.18.0`. */
export const neededNode: string = manifest.engines.node;
