import type { PkiFilesFact } from "../../facts/index.ts";
import type { PkiFile } from "../../pki/issue.ts";
import { sharedPairs } from "../../pki/table.ts";
import { UserError } from "../../shared/errors.ts";
import { certificatesOf, manifestsDirectory } from "../../templates/paths.ts";
import type { Context } from "../context.ts";

type Files = ReadonlyMap<string, Buffer>;

const contentsOf = (found: PkiFilesFact | undefined): Files => new Map([...(found ?? [])].map(([path, { content }]) => [path, content]));

/** Control planes whose word counts, most trusted first: the first one, then the others in the order of the file. */
const holders = ({ first, cluster, pkiFound }: Context): readonly Files[] => [
  contentsOf(pkiFound.get(first)),
  ...cluster.hosts.filter(({ name }) => name !== first).map(({ name }) => contentsOf(pkiFound.get(name))),
];

/** What control planes have found in common, pair by pair: a run that was cut off may have written it to any of them first. */
const foundShared = (context: Context): Files => {
  const found = holders(context);
  return new Map(
    sharedPairs(certificatesOf(context.cluster)).flatMap(({ key, certificate }) => {
      const holder = found.find((files) => files.has(key) && files.has(certificate)) ?? found.find((files) => files.has(key));
      return [key, certificate].flatMap((path): [string, Buffer][] => {
        const content = holder?.get(path);
        return content === undefined ? [] : [[path, content]];
      });
    }),
  );
};

/** A control plane that runs with another CA belongs to another cluster, whatever its journal says. */
const refuseOtherCa = ({ pkiFound, facts, first, cluster }: Context, host: string, shared: Files): void => {
  if (!facts.get(host)?.kubernetes.manifests.includes(`${manifestsDirectory}/kube-apiserver.yaml`)) return;
  const other = sharedPairs(certificatesOf(cluster)).find(({ key }) => {
    const [own, wished] = [pkiFound.get(host)?.get(key)?.content, shared.get(key)];
    return own !== undefined && wished !== undefined && !own.equals(wished);
  });
  if (!other) return;
  throw new UserError(`${host} is a control plane with another ${other.key} than ${first}`, {
    exit: "preflight",
    host,
    hint: `put the file back as it was, or give the host back first: kbs delete node ${host}`,
  });
};

/**
 * The CAs and the service accounts' keys as they must be on a control plane: those of the first one once they are settled, before that what any
 * control plane has kept of them.
 * @throws UserError for a control plane that runs with others
 */
export const sharedFiles = (context: Context, host: string): Files => {
  const settled = context.learned.has("pki") && host !== context.first;
  const paths = new Set(sharedPairs(certificatesOf(context.cluster)).flatMap(({ key, certificate }) => [key, certificate]));
  const shared = settled
    ? new Map(context.learned.get("pki").flatMap(({ path, content }) => (paths.has(path) ? [[path, content] as const] : [])))
    : foundShared(context);
  refuseOtherCa(context, host, shared);
  return shared;
};

/** A file that is kept elsewhere and not here, or is another one here, is written here. */
export const overwriteStrange = (file: PkiFile, here: Buffer | undefined): PkiFile => {
  if (file.reason !== undefined || (here !== undefined && here.equals(file.content))) return file;
  return { ...file, reason: here === undefined ? "it is missing" : "it is not the one that the other control planes have" };
};
