import type { X509Certificate } from "node:crypto";
import type { Host } from "../../changes/host.ts";
import { type ClientPair, presentedBy } from "../../kube/presented.ts";
import { healthCheckFiles } from "../../pki/etcd-credentials.ts";
import { leadsTo } from "../../pki/judge-certificate.ts";
import { urlHost } from "../../pki/names.ts";
import { certificatesIn } from "../../pki/pem.ts";
import * as table from "../../pki/table.ts";
import { certificateAt, type Files } from "./ends.ts";
import type { Listener } from "./listeners.ts";

/** What a component really presents to whoever connects. */
export interface ServedCertificate {
  readonly component: string;
  /** `host:port`, as seen from its host. */
  readonly address: string;
  readonly expires?: Date;
  /** The CA of the cluster that has signed it, else the common name of whoever has. */
  readonly signedBy?: string;
  /** Path of the file that it should present. */
  readonly file?: string;
  /** Whether it presents what the file holds; absent where there is no file, or none that is known here. */
  readonly loaded?: boolean;
  /** Why it is not as it should be, a sentence. */
  readonly problem?: string;
}

const day = (date: Date): string => date.toISOString().slice(0, 16).replace("T", " ");

/** What is on the host. */
interface Held {
  readonly files: Files;
  /** Where certificates are; absent: in kubeadm's folder. */
  readonly folder?: string | undefined;
}

const signerOf = (certificate: X509Certificate, { files, folder }: Held): string => {
  const found = table.certificates
    .filter(table.isCa)
    .find((row) => leadsTo(certificatesIn(files.get(table.certificatePath(row, folder))?.toString() ?? ""), certificate, []));
  return found?.name ?? /(?:^|\n)CN=(.*)/.exec(certificate.issuer)?.[1] ?? "itself";
};

/** As etcd's clients log in. */
const etcdClient = ({ files, folder = table.pkiDirectory }: Held): ClientPair | undefined => {
  const { cert, key } = healthCheckFiles(`${folder}/etcd`, (path) => files.get(path)?.toString());
  return cert === undefined || key === undefined ? undefined : { cert, key };
};

const unloaded = (component: string, file: string, served: X509Certificate, held: X509Certificate | undefined): string => {
  const inFile = held === undefined ? "no certificate that can be read" : `one that ends ${day(held.validToDate)}`;
  return `${component} presents a certificate that ends ${day(served.validToDate)}, but ${file} holds ${inFile}: it has not loaded the file`;
};

/** Asks one component what it presents, and compares that with its file. */
const serve = async (door: Host, listener: Listener, { files, folder }: Held, signal: AbortSignal): Promise<ServedCertificate> => {
  const { component, port, file, ofEtcd } = listener;
  const address = `${urlHost(listener.address)}:${port}`;
  // Of a file of the user's own nothing is known here.
  const known = file !== undefined && files.has(file) ? file : undefined;
  const about = { component, address, ...(file !== undefined && { file }) };
  try {
    const client = ofEtcd ? etcdClient({ files, folder }) : undefined;
    const certificate = await presentedBy((dialSignal) => door.dial(listener.address, port, { signal: dialSignal }), client, signal);
    const held = known === undefined ? undefined : certificateAt(known, files);
    const loaded = held?.raw.equals(certificate.raw) ?? false;
    return {
      ...about,
      expires: certificate.validToDate,
      signedBy: signerOf(certificate, { files, folder }),
      ...(known !== undefined && { loaded }),
      ...(known !== undefined && !loaded && { problem: unloaded(component, known, certificate, held) }),
    };
  } catch (error) {
    signal.throwIfAborted();
    return { ...about, problem: `${component} does not answer at ${address}: ${error instanceof Error ? error.message : String(error)}` };
  }
};

/** What each component presents, asked at once through the door of its host. */
export const servedBy = (door: Host, all: readonly Listener[], held: Held, signal: AbortSignal): Promise<readonly ServedCertificate[]> =>
  Promise.all(all.map((listener) => serve(door, listener, held, signal)));
