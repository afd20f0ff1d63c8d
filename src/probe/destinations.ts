import { networkInterfaces } from "node:os";
import type { Endpoint } from "../address/flow.ts";
import { isLoopback } from "../address/ip.ts";
import { holds, readLocalPrefixes, sampleOf } from "./local-prefixes.ts";

/** Far apart in 127.0.0.0/8. */
const samples = ["127.0.0.1", "127.0.0.77", "127.1.2.3", "127.99.0.9", "127.255.0.9"] as const;

/**
 * Where a server is asked that is said to listen at `target`: there first, then at other addresses of
 * this machine, as one that listens on the wildcard has all of them. Of a target elsewhere nothing
 * else is known.
 */
export function destinationsOf(target: Endpoint): readonly Endpoint[] {
  const others = isLoopback(target.address) ? localAddresses() : [];
  return [...new Set([target.address, ...others])].map((address) => ({
    address,
    port: target.port,
  }));
}

/**
 * Where a client's socket is bound that asks this destination: at another address than the one asked, as
 * a server on the wildcard would answer from the client's own.
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
  // Elsewhere only the addresses that the interface was given exist.
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
