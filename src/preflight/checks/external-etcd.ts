import { isLater, parseVersion } from "../../config/versions.ts";
import type { EndpointAnswer } from "../../kube/etcd/external.ts";
import type { Check, CheckContext } from "../check.ts";
import { isControlPlane } from "../roles.ts";

/** kubeadm's MinExternalEtcdVersion. */
const oldest = "3.5.24";

/** One that cannot be read is none that is known to be good. */
const isOlder = (version: string): boolean => parseVersion(version) === undefined || isLater(oldest, version);

const isExternal = (context: CheckContext): boolean => isControlPlane(context) && context.externalEtcd !== undefined;

export const externalEtcdFiles: Check = {
  id: "external-etcd-files",
  aliases: ["ExternalEtcdClientCertificates"],
  question: "Are the files there by which the API server logs in to the external etcd?",
  severity: "error",
  appliesTo: isExternal,
  ask: ({ externalEtcd }) => {
    const { missing = [] } = externalEtcd ?? {};
    if (missing.length === 0) return undefined;
    return {
      problem: `the external etcd cannot be reached without ${missing.join(", ")}`,
      remedy: "copy them here: the same paths on every control plane (spec.etcd.external)",
    };
  },
};

const tell = (answer: EndpointAnswer): string => `${answer.url}: ${"version" in answer ? `etcd ${answer.version}` : answer.problem}`;

export const externalEtcd: Check = {
  id: "external-etcd",
  aliases: ["ExternalEtcdVersion"],
  question: "Does the external etcd answer, in a version that Kubernetes can live with?",
  severity: "error",
  appliesTo: (context) => isExternal(context) && context.externalEtcd?.missing.length === 0,
  ask: ({ externalEtcd: { endpoints = [] } = {} }) => {
    const silent = endpoints.filter((answer) => "problem" in answer);
    const old = endpoints.filter((answer) => "version" in answer && isOlder(answer.version));
    if (old.length > 0) {
      return {
        problem: `the external etcd is older than ${oldest}`,
        evidence: old.map(tell).join("; "),
        remedy: "upgrade it first, one minor version at a time",
      };
    }
    if (silent.length === 0) return undefined;
    return {
      // A member may be away: etcd lives on with most of them.
      ...(silent.length < endpoints.length && { severity: "warning" }),
      problem: silent.length < endpoints.length ? "not all of the external etcd answers" : "the external etcd does not answer",
      evidence: silent.map(tell).join("; "),
      remedy: "see that it runs, that its port can be reached from here, and that caFile, certFile and keyFile are its own",
    };
  },
};
