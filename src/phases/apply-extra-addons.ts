import { type AddonModule, addonNamed, type CertificateNeed, type Made, type MadeCertificate } from "../addons/index.ts";
import type { Change } from "../changes/change.ts";
import type { LiveObject } from "../kube/types.ts";
import { judgeServing, makeServing } from "../pki/serving.ts";
import { certificatesOf } from "../templates/paths.ts";
import { caCertificate, pkiFileAt } from "./common/pki.ts";
import { type ClusterPhase, type Context, firstControlPlane, nothing } from "./context.ts";

/** A certificate that ends sooner than in so many milliseconds, 30 days, is made anew: nothing else would renew it. */
const renewWithin = 30 * 24 * 60 * 60 * 1000;
/** Certificates begin in the past, for hosts whose clocks are behind. */
const backdated = 5 * 60 * 1000;

interface TlsSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Only where the file asks for an add-on. */
const hosts = (context: Context): readonly string[] => (context.cluster.addons.length > 0 ? firstControlPlane(context) : []);

const wanted = ({ cluster }: Context): readonly AddonModule[] => cluster.addons.map(({ name }) => addonNamed(name));

const decoded = (secret: TlsSecret | undefined, key: string): string | undefined => {
  const data = secret?.data?.[key];
  return data === undefined ? undefined : Buffer.from(data, "base64").toString();
};

/** The certificate in the cluster while it serves, else a new one. */
const settle = async (context: Context, need: CertificateNeed, signal: AbortSignal): Promise<MadeCertificate> => {
  const { cluster, learned, now } = context;
  const secret = await learned.get("kube").get<TlsSecret>({ apiVersion: "v1", kind: "Secret", ...need.secret }, { signal });
  const [certificate, key] = [decoded(secret, "tls.crt"), decoded(secret, "tls.key")];
  const reason = judgeServing(need, { certificate, key }, caCertificate(context).toString(), { now, remainingMs: renewWithin });
  if (reason === undefined && certificate !== undefined && key !== undefined) return { certificate, key };
  const { encryptionAlgorithm, certificateValidity } = cluster.kubernetes;
  const validity = { notBefore: new Date(now.getTime() - backdated), notAfter: new Date(now.getTime() + certificateValidity.leaf * 1000) };
  const ca = {
    certificatePem: caCertificate(context).toString(),
    keyPem: pkiFileAt(context, `${certificatesOf(context.cluster)}/ca.key`).content.toString(),
  };
  return await makeServing(need, ca, encryptionAlgorithm, validity);
};

const settleAll = async (context: Context, signal: AbortSignal): Promise<void> => {
  const all = new Map<string, Made>();
  for (const addon of wanted(context)) {
    const made: Record<string, MadeCertificate> = {};
    for (const need of addon.certificates(context.cluster)) made[need.name] = await settle(context, need, signal);
    all.set(addon.name, made);
  }
  context.learned.tell("addonCertificates", all);
};

/** Needs: the API and the cluster's CA. Gives: the add-ons' certificates, in memory: those in the cluster are kept while they serve. */
export const makeAddonCertificates: ClusterPhase = {
  id: "make-addon-certificates",
  title: "Make the certificates of add-ons",
  hosts,
  needs: [{ phase: "wait-api-server", on: "first" }],
  act: async (context, _host, { signal }) => {
    await settleAll(context, signal);
    // What is new shows as a change of the Secret that holds it.
    return nothing;
  },
  foresee: async (context, _host, { signal }) => {
    await settleAll(context, signal);
    return nothing;
  },
};

/** Needs: the cluster's own objects and the add-ons' certificates. Gives: the add-ons that the file names. Their pods are not waited for. */
export const applyExtraAddons: ClusterPhase = {
  id: "apply-extra-addons",
  title: "Apply add-ons",
  hosts,
  needs: [
    { phase: "apply-bootstrap-objects", on: "first" },
    { phase: "make-addon-certificates", on: "first" },
  ],
  wish: ({ cluster, learned }) => {
    const made = learned.get("addonCertificates");
    return cluster.addons.flatMap(({ name, values }) =>
      addonNamed(name)
        .objects(cluster, values, made.get(name) ?? {})
        .map((object): Change => ({ kind: "object", object })),
    );
  },
};
