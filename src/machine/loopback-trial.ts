import { createServer } from "node:net";

export interface AddressTrial {
  readonly address: string;
  /** errno name of the failed bind; null: the address can be used. */
  readonly code: string | null;
}

/** Far apart in 127.0.0.0/8: if both can be bound, all of it belongs to this host. */
const samples = ["127.0.0.77", "127.255.0.9"] as const;

/**
 * Tries to listen briefly on addresses spread over 127/8.
 *
 * @throws never
 */
export async function tryAddresses(
  addresses: readonly string[] = samples,
): Promise<readonly AddressTrial[]> {
  return Promise.all(addresses.map(async (address) => ({ address, code: await tryBind(address) })));
}

function tryBind(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(null)));
  });
}
