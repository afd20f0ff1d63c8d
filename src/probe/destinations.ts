import { networkInterfaces } from "node:os";
import type { Endpoint } from "../address/flow.ts";
import { isLoopback } from "../address/ip.ts";
import { holds, readLocalPrefixes, sampleOf } from "./local-prefixes.ts";

/** Far apart in 127.0.0.0/8. */
const samples = ["127.0.0.1", "127.0.0.77", "127.1.2.3", "127.99.0.9", "127.255.0.9"] as const;

/**
 * Returns where to probe a server that listens at `target`: first there, then at other addresses of this
 * machine, as a server on the wildcard listens on all of them. For a target on another host no other
 * address is known.
 */
export function destinationsOf(target: Endpoint): readonly Endpoint[] {
  const others = isLoopback(target.address) ? localAddresses() : [];
  return [...new Set([target.address, ...others])].map((address) => ({
    address,
    port: target.port,
  }));
}

/**
 * Returns the address to which a client's socket for this destination is bound. It differs from the
 * destination, because a server on the wildcard would answer from the client's address.
 */
export function sourceFor({ address }: Endpoint): string {
  const isV6 = address.includes(":");
  const isHere =
    isLoopback(address) || readLocalPrefixes().some((prefix) => holds(prefix, address));
  if (isHere) return isV6 ? "::1" : "127.0.0.1";
  return isV6 ? "::" : "0.0.0.0";
}

function localAddresses(): readonly string[] {
  const given = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const loopback = given.filter(({ internal }) => internal).map(({ address }) => address);
  // On other platforms only the addresses assigned to the interface exist.
  const all = process.platform === "linux" ? samples : [];
  const has6 = loopback.includes("::1");
  return [
    ...all,
    ...loopback.filter((address) => isLoopback(address)),
    ...readLocalPrefixes()
      .filter(({ first }) => first.family === 4 || has6)
      .map(sampleOf),
  ];
}
