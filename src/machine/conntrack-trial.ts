import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readNumber } from "./read-text.ts";

const countFile = "/proc/sys/net/netfilter/nf_conntrack_count";
const datagrams = 32;

/**
 * Whether connection tracking takes in loopback traffic, found by trying: 32 datagrams to as many
 * loopback addresses make 32 entries, where it does.
 *
 * Neither the module's presence nor a count above zero tells: the kernel tracks only while some rule
 * asks for it, and such a rule may leave out `lo`.
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
    // To itself on other addresses: only 127.0.0.1 is bound, so that nothing is read, and the ICMP
    // error goes to nobody, as the socket is not connected.
    const sent = Array.from(
      { length: datagrams },
      (_, i) =>
        new Promise<void>((done) => {
          socket.send(Buffer.of(0), port, `127.0.77.${i + 1}`, () => done());
        }),
    );
    await Promise.all(sent);
    // Other traffic of the machine makes and drops entries meanwhile; half is proof enough.
    return (readNumber(countFile) ?? 0) - before >= datagrams / 2;
  } catch {
    return false; // No loopback address to bind to: preflight says so on its own.
  } finally {
    socket.close();
  }
}
