// The ASN.1 part of node-forge alone loads in 4 ms, the whole in 32 ms; and it leaves every parser of keys outside. @types/node-forge knows
// only the whole. This is the part of it that der.ts uses.
declare module "node-forge/lib/asn1.js" {
  /** A node of an ASN.1 tree that will be written as DER. */
  export interface Asn1 {
    readonly tagClass: number;
    readonly type: number;
  }
  const asn1: {
    readonly Class: { readonly UNIVERSAL: number; readonly CONTEXT_SPECIFIC: number };
    readonly Type: Readonly<
      Record<
        | "BOOLEAN"
        | "INTEGER"
        | "BITSTRING"
        | "OCTETSTRING"
        | "NULL"
        | "OID"
        | "UTF8"
        | "SEQUENCE"
        | "SET"
        | "PRINTABLESTRING"
        | "UTCTIME"
        | "GENERALIZEDTIME",
        number
      >
    >;
    /** Strings hold one byte in each character. */
    create(tagClass: number, type: number, constructed: boolean, value: string | readonly Asn1[]): Asn1;
    toDer(node: Asn1): { getBytes(): string };
    oidToDer(dotted: string): { getBytes(): string };
    dateToUtcTime(date: Date): string;
    dateToGeneralizedTime(date: Date): string;
  };
  export default asn1;
}
