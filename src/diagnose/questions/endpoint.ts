import { fact } from "../../facts/fact.ts";
import { lines } from "../../facts/text.ts";
import { quote } from "../../shared/quote.ts";

/** What the control-plane endpoint's name means on a host. */
export interface EndpointEvidence {
  readonly name: string;
  /** Addresses; empty when the name is not known there. Undefined when it could not be asked. */
  readonly addresses: readonly string[] | undefined;
}

/** @param name the endpoint's host; an address resolves to itself */
export const endpointOf = (name: string) =>
  fact(
    "endpoint",
    `command -v getent >/dev/null && { echo known; timeout 8 getent ahosts ${quote(name)} | cut -d ' ' -f 1 | sort -u; }`,
    (output): EndpointEvidence => {
      const [known, ...addresses] = lines(output);
      return { name, addresses: known === "known" ? addresses : undefined };
    },
  );
