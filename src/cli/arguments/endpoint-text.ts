import type { Endpoint } from "../../address/flow.ts";
import { formatIp, parseIp } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";

/**
 * Parses "127.0.0.1:7000" or "[::1]:7000"; with port 0 the system chooses one.
 *
 * @throws UserError
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new UserError(
      `"${text}" is not an endpoint: write ADDRESS:PORT, such as 127.0.0.1:7000 or [::1]:7000`,
    );
  }
  return { address: formatIp(parseIp((match[1] ?? match[2]) as string)), port };
}
