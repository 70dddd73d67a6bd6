/** A lab's network: always a /24, whose hosts count from .11 on and whose bridge is .1. */
export interface Subnet {
  readonly cidr: string;
  readonly gateway: string;
}

const toNumber = (address: string): number => address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);

/** Whether two IPv4 networks in CIDR form share an address. */
export const overlap = (left: string, right: string): boolean => {
  const [leftAddress = "", leftBits = "32"] = left.split("/");
  const [rightAddress = "", rightBits = "32"] = right.split("/");
  const size = 2 ** (32 - Math.min(Number(leftBits), Number(rightBits)));
  return Math.floor(toNumber(leftAddress) / size) === Math.floor(toNumber(rightAddress) / size);
};

/**
 * The first of 10.77.0.0/24 … 10.77.255.0/24 that touches none of the networks taken. They lie outside the pod and service
 * subnets that clusters use by default.
 * @throws Error when all are taken.
 */
export const chooseSubnet = (taken: readonly string[]): Subnet => {
  for (let third = 0; third < 256; third += 1) {
    const cidr = `10.77.${third}.0/24`;
    if (!taken.some((other) => overlap(cidr, other))) return { cidr, gateway: `10.77.${third}.1` };
  }
  throw new Error('every network from 10.77.0.0/24 to 10.77.255.0/24 is in use: "npm run lab -- down --all" frees those of labs');
};

/**
 * The addresses of IPv6 beside those of a subnet: unique local ones, so that none is anybody's, in a /64 by the subnet's third byte, before
 * which a 1 stands: a group of zeros would be written otherwise by those who shorten it.
 */
export const ipv6Of = (address: string): string => {
  const [, , third, last] = address.split(".");
  return `fd00:10:77:1${third}::${last}`;
};

/** The address of the nth host of a subnet, counted from 1. */
export const hostAddress = ({ gateway }: Subnet, nth: number): string => gateway.replace(/\.1$/, `.${10 + nth}`);
