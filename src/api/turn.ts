import { setTimeout as sleep } from "node:timers/promises";
import { Leases } from "../machine/leases.ts";

/** How often those who wait look: seldom enough for the run that goes on, and not all at once. */
const leastWaitMs = 50;
const mostWaitMs = 150;

/**
 * Waits until no other run has the turn of this machine; where there is no way to know, it does not wait.
 *
 * @param waiting called before each look; what it throws ends the wait
 * @returns       what gives the turn back
 */
export async function takeTurn(waiting: () => void): Promise<Pick<Leases, "release">> {
  const leases = new Leases();
  for (;;) {
    waiting();
    if ((await leases.takeTurn()) !== "held") return leases;
    await sleep(leastWaitMs + Math.random() * (mostWaitMs - leastWaitMs));
  }
}
