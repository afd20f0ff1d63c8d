import type { Endpoint } from "../address/flow.ts";
import { formatIp, isLoopback, parseIp } from "../address/ip.ts";
import { addressAt, parseRanges, rangesSize } from "../address/ranges.ts";
import { UserError } from "../base/errors.ts";
import { chooseAddress, isHostName, noHosts } from "./host-names.ts";

const mostEndpoints = 4096;

/**
 * Parses a listen address: "127.0.0.1:7000", "[::1]:7000", "127.10.0.1-127.10.0.200:7000" or
 * "127.10.0.0/24:7000", an endpoint for every address.
 *
 * @param allowRemote whether addresses other than loopback ones are allowed
 * @param addressOf   the address of a name, "localhost:7000"; throws a UserError where it has none. Left out: names are
 *                    not allowed
 * @returns           1 to 4096 endpoints, addresses in canonical text; ports 0 to 65535
 * @throws            UserError that starts with the cause
 */
export function parseEndpoints(
  text: string,
  allowRemote: boolean,
  addressOf: (name: string) => string = (name) => chooseAddress(name, noHosts, null).used,
): readonly Endpoint[] {
  const match = /^(?:\[([^[\]]*)\]|([^[\]:]+)):(\d{1,5})$/.exec(text.trim());
  if (match === null) {
    throw new UserError(
      `"${text}" is not an address and a port, as in 127.0.0.1:7000 or [::1]:7000`,
    );
  }
  const host = (match[1] ?? match[2] ?? "").trim();
  if (host.includes(":") !== (match[1] !== undefined)) {
    throw new UserError(`"${text}": brackets are for IPv6 addresses, as in [::1]:7000`);
  }
  const port = Number(match[3]);
  if (port > 65_535) throw new UserError(`"${text}": a port is 1 to 65535`);
  const addresses = isHostName(host) ? [addressOf(host)] : addressesOf(host);
  const remote = addresses.find((address) => !isLoopback(address));
  if (remote !== undefined && !allowRemote) {
    const what = isHostName(host) ? `${host} is ${remote}, which` : remote;
    throw new UserError(
      `${what} is not a loopback address; slash8 uses addresses outside 127.0.0.0/8, ::1 and fd00:127::/32 only with --allow-remote`,
    );
  }
  return addresses.map((address) => ({ address, port }));
}

function addressesOf(host: string): readonly string[] {
  if (!/[-/,]/.test(host)) return [formatIp(parseIp(host))];
  const ranges = parseRanges([host]);
  const count = rangesSize(ranges);
  if (count > mostEndpoints) {
    throw new UserError(
      `${host} is ${count} addresses; at most ${mostEndpoints} can be listed here`,
    );
  }
  return Array.from({ length: count }, (_, index) => addressAt(ranges, index));
}
