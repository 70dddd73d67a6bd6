import { type KeyObject, sign } from "node:crypto";
import { UserError } from "../shared/errors.ts";
import * as der from "./der.ts";

/** The hash for node:crypto and the algorithm identifier of a signature, chosen by the signer's key as Go chooses them. */
interface Signing {
  readonly hash: string;
  readonly algorithm: der.Der;
}

// RFC 4055 (with its NULL parameters) and RFC 5758.
const ecdsa = (hash: string, oid: string) => (): Signing => ({ hash, algorithm: der.sequence(der.oid(oid)) });
const signings: Readonly<Record<string, () => Signing>> = {
  rsa: () => ({ hash: "sha256", algorithm: der.sequence(der.oid("1.2.840.113549.1.1.11"), der.nothing()) }),
  prime256v1: ecdsa("sha256", "1.2.840.10045.4.3.2"),
  secp384r1: ecdsa("sha384", "1.2.840.10045.4.3.3"),
  secp521r1: ecdsa("sha512", "1.2.840.10045.4.3.4"),
};

const kindOf = (key: KeyObject): string =>
  (key.asymmetricKeyType === "ec" ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType) ?? "";

/**
 * `SEQUENCE { contents, algorithm, signature }`: what certificates are. The contents name the algorithm once more, so they are asked for.
 * @throws UserError for a key that cannot sign.
 */
export const signedBy = (signer: KeyObject, contents: (algorithm: der.Der) => der.Der): Buffer => {
  const signing = signings[kindOf(signer)]?.();
  if (signing === undefined) {
    throw new UserError(`a key of type ${kindOf(signer)} cannot sign the certificates of a cluster`, {
      hint: "use an RSA key or an elliptic-curve key on P-256, P-384 or P-521",
    });
  }
  const toSign = contents(signing.algorithm);
  return der.encode(der.sequence(toSign, signing.algorithm, der.bits(sign(signing.hash, der.encode(toSign), signer))));
};
