/**
 * Returns an address and port as the key of a map: for IPv4 a number, which needs no string.
 *
 * @param address literal, IPv6 in its canonical form
 */
export function peerKey(address: string, port: number): number | string {
  let value = 0;
  let octet = 0;
  for (let at = 0; at < address.length; at++) {
    const code = address.charCodeAt(at);
    if (code === dot) {
      value = value * 256 + octet;
      octet = 0;
    } else if (code === colon) {
      return `${address} ${port}`;
    } else {
      octet = octet * 10 + code - zero;
    }
  }
  return (value * 256 + octet) * 65536 + port;
}

const [dot, zero, colon] = [46, 48, 58];
