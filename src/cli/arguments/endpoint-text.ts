import type { Endpoint } from "../../address/flow.ts";
import { formatIp, parseIp } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import { isHostName } from "../../scenario/host-names.ts";

/**
 * Parses "127.0.0.1:7000" or "[::1]:7000"; with port 0 the system chooses one.
 *
 * @param addressOf the address of a name, "localhost:7000"; left out: names are not allowed
 * @throws          UserError
 */
export function parseEndpoint(text: string, addressOf?: (name: string) => string): Endpoint {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new UserError(
      `"${text}" is not an endpoint: write ADDRESS:PORT, such as 127.0.0.1:7000 or [::1]:7000`,
    );
  }
  const host = (match[1] ?? match[2]) as string;
  if (addressOf !== undefined && isHostName(host)) return { address: addressOf(host), port };
  return { address: formatIp(parseIp(host)), port };
}
