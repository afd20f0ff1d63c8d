/**
 * Source ports that no other process of tests on this machine has: neither one of the same run, nor one of another
 * checkout. Over UDP each port of an address is taken by one socket.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const firstOfAll = 10_000;
const rangePorts = 2_100;
const ranges = 10;

/** Whose ports stand for those of all addresses that tests use. */
const address = "127.90.0.1";

/** @returns its first port, which is listened on for as long as this process lives; -1: another process has it */
async function claim(range: number): Promise<number> {
  const port = firstOfAll + range * rangePorts;
  const server = createServer().unref();
  try {
    await once(server.listen(port, address), "listening");
    return port;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return -1;
    throw error;
  }
}

async function claimAny(): Promise<number> {
  for (let range = process.pid % ranges; ; range = (range + 1) % ranges) {
    const port = await claim(range);
    if (port > 0) return port;
    // All may be taken for now.
    await sleep(20);
  }
}

const claimed = await claimAny();

/** How many there are. */
export const ownPortCount = rangePorts - 1;

/** @param number 0 to ownPortCount - 1 */
export function ownPort(number: number): number {
  return claimed + 1 + number;
}
