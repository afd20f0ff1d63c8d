import { formatIp, parseIp } from "../address/ip.ts";

/** The script that routes a prefix to lo. */
export const anyIpScript = "scripts/linux/anyip-up.sh";

/** Length of proposed prefixes: that of a usual network. */
const prefixBits = 64n;

/** Returns the network of an address, as a CIDR for the script. */
export function networkOf(address: string): string {
  const shift = 128n - prefixBits;
  const value = (parseIp(address).value >> shift) << shift;
  return `${formatIp({ family: 6, value })}/${prefixBits}`;
}
