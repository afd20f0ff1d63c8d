import { formatIp, parseIp } from "../address/ip.ts";

/** What routes a prefix to lo. */
export const anyIpScript = "scripts/linux/anyip-up.sh";

/** Prefixes are proposed in this length, the usual one of a network. */
const prefixBits = 64n;

/** The network of an address, as a CIDR to give to the script. */
export function networkOf(address: string): string {
  const shift = 128n - prefixBits;
  const value = (parseIp(address).value >> shift) << shift;
  return `${formatIp({ family: 6, value })}/${prefixBits}`;
}
