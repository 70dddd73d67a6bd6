import type { KubeObject } from "../changes/change.ts";
import type { SchemaNode } from "../config/schema-node.ts";
import type { Cluster, Fragment } from "../config/types.ts";

/** A certificate for TLS servers, signed by the cluster's CA. */
export interface CertificateNeed {
  /** Unique within the add-on. */
  readonly name: string;
  readonly commonName: string;
  /** Names and addresses under which the server is reached. */
  readonly sans: readonly string[];
  /** The Secret of type kubernetes.io/tls in which it lives: a good one that is there is kept. */
  readonly secret: { readonly namespace: string; readonly name: string };
}

/** Certificate and key, both in PEM. */
export interface MadeCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What was made for an add-on, by the name of its need. */
export type Made = Readonly<Record<string, MadeCertificate>>;

/** An add-on: what it is called, what can be said of it, and the objects it is made of. */
export interface AddonModule {
  /** As `spec.addons[].name` has it. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** Shape of `spec.addons[].values`, with every default. */
  readonly values: SchemaNode;
  /** Full names of the images that its pods need. */
  readonly images: (cluster: Cluster) => readonly string[];
  readonly certificates: (cluster: Cluster) => readonly CertificateNeed[];
  /**
   * In the order in which they are to be applied. Some may hold secrets.
   * @throws UserError for values that do not fit
   */
  readonly objects: (cluster: Cluster, values: Fragment, made: Made) => readonly KubeObject[];
}
