import type { Asker } from "./ask.ts";
import { KubeError } from "./error.ts";
import { type ApiResourceList, apiRoot, findResource, knownResource, type Resource } from "./kinds.ts";
import type { CallOptions, KubeKind } from "./types.ts";

/** Finds the resource of a kind. @throws KubeError code 404 when the server has no such kind */
export type ResourceOf = (of: KubeKind, options?: CallOptions) => Promise<Resource>;

const isMissing = (error: unknown): boolean => error instanceof KubeError && error.code === 404;

/** Resources by kbs's own table, and for other kinds by asking the server once. A kind that is missing is asked for again: it may come. */
export const openDiscovery = (asker: Asker): ResourceOf => {
  const discovered = new Map<string, Resource>();

  const discover = async ({ apiVersion, kind }: KubeKind, options?: CallOptions): Promise<Resource | undefined> => {
    const purpose = { verb: "list", subject: `the kinds of ${apiVersion}` };
    try {
      const { body } = await asker.ask(purpose, { method: "GET", path: apiRoot(apiVersion) }, options);
      const kinds: ApiResourceList = JSON.parse(body);
      return findResource(kinds, kind);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  return async (of, options) => {
    const name = `${of.kind} in ${of.apiVersion}`;
    const resource = knownResource(of) ?? discovered.get(name) ?? (await discover(of, options));
    if (!resource) throw new KubeError(`the API server knows no kind ${name}`, { code: 404, reason: "NotFound" });
    discovered.set(name, resource);
    return resource;
  };
};
