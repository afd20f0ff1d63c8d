import { readFileSync } from "node:fs";

/** Longest packet of the loopback interface, bytes; null where the platform does not tell. */
export function loopbackMtu(): number | null {
  try {
    const bytes = Number(readFileSync("/sys/class/net/lo/mtu", "utf8"));
    return bytes > 0 ? bytes : null;
  } catch {
    return null;
  }
}
