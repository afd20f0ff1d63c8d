import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readNumber } from "./read-text.ts";

const countFile = "/proc/sys/net/netfilter/nf_conntrack_count";
const datagrams = 32;

/**
 * Tests whether connection tracking includes loopback traffic: if so, 32 datagrams to 32 loopback
 * addresses create 32 entries.
 *
 * Neither the module's presence nor a count above zero shows it: the kernel tracks only while some rule
 * requires it, and such a rule may exclude `lo`.
 *
 * @returns false where the module is not loaded
 * @throws  never
 */
export async function tracksLoopback(): Promise<boolean> {
  const before = readNumber(countFile);
  if (before === null) return false;
  const socket = createSocket("udp4");
  try {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    // To its own port on other addresses: only 127.0.0.1 is bound, so nothing is received, and the ICMP
    // errors are not reported, as the socket is not connected.
    const sent = Array.from(
      { length: datagrams },
      (_, i) =>
        new Promise<void>((done) => {
          socket.send(Buffer.of(0), port, `127.0.77.${i + 1}`, () => done());
        }),
    );
    await Promise.all(sent);
    // Other traffic creates and removes entries at the same time; half is sufficient proof.
    return (readNumber(countFile) ?? 0) - before >= datagrams / 2;
  } catch {
    return false; // No loopback address to bind to: preflight reports that separately.
  } finally {
    socket.close();
  }
}
