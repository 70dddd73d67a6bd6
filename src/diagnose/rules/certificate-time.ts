import { few, nowOn, onEachMember, seenIn } from "../look.ts";
import { ownCertificates } from "../own-certificates.ts";
import type { Rule } from "../rule.ts";

const day = (date: Date): string => date.toISOString().slice(0, 10);

export const certificateExpired: Rule = {
  id: "certificate-expired",
  question: "Has a certificate expired, by the host's own clock?",
  find: onEachMember((on, { cluster }) => {
    const now = nowOn(on);
    const gone = ownCertificates(on, cluster).filter(({ leaf }) => leaf.validToDate.getTime() <= now);
    const [first] = gone;
    if (first === undefined) return undefined;
    const others = gone.length === 1 ? "" : `, and ${gone.length - 1} more`;
    return {
      cause: `the certificate ${first.path} expired on ${day(first.leaf.validToDate)}${others}`,
      remedy: "see that the host's clock is right; then run the create again, which makes certificates anew that have come to their end",
      certainty: "certain",
      seen: few(gone.map(({ path, leaf }) => `${path}: valid to ${leaf.validToDate.toISOString()}`)),
    };
  }),
};

export const certificateEarly: Rule = {
  id: "certificate-not-yet-valid",
  question: "Is a certificate not valid yet, by the host's own clock?",
  find: onEachMember((on, { cluster }) => {
    const now = nowOn(on);
    const early = ownCertificates(on, cluster).find(({ leaf }) => leaf.validFromDate.getTime() > now);
    if (early === undefined) return undefined;
    return {
      cause: `the certificate ${early.path} is not valid before ${early.leaf.validFromDate.toISOString()}, and here it is ${new Date(now).toISOString()}`,
      remedy: "a clock is wrong: this host's, or that of the machine on which the certificate was made; set it right",
      certainty: "certain",
      seen: few(seenIn(on.kubeletLog, /not yet valid/i, on)),
    };
  }),
};
