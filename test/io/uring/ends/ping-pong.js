/**
 * One end of echoes without end over io_uring, as built: in a process or in a thread, which the tests
 * kill during the run. What it is to do comes as JSON, and it tells when it is at it.
 */
import { parentPort, workerData } from "node:worker_threads";

/**
 * @typedef {object} PingPong
 * @property {"client" | "server"} role
 * @property {"tcp" | "udp"} protocol
 * @property {import("../../../../src/address/flow.ts").Endpoint} endpoint the server's; port 0 for any
 * @property {string} sourceAddress
 * @property {number} firstPort slot s of a client is bound to firstPort + s
 * @property {number} slots
 * @property {number} files     direct descriptors of one ring, at most
 */

const built = new URL("../../../../dist/", import.meta.url);
/** @type {typeof import("../../../../src/io/uring/io.ts")} */
const { createUringIo } = await import(new URL("io/uring/io.js", built).href);
/** @type {typeof import("../../../../src/base/clock.ts")} */
const { monotonicNs } = await import(new URL("base/clock.js", built).href);

/** @type {PingPong} */
const { role, protocol, endpoint, sourceAddress, firstPort, slots, files } = JSON.parse(
  workerData ?? process.argv[2],
);

/** @param {object} message */
function send(message) {
  if (parentPort !== null) parentPort.postMessage(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
}

const message = Buffer.alloc(64, "x");
const echoed = new Set();
/** @type {import("../../../../src/io/io.ts").TransportEvents} */
const events = {
  opened: (slot) => void transport.send(slot, message, 0, message.length),
  accepted() {},
  received(slot, bytes, start, end) {
    if (role === "client" && echoed.size < slots && echoed.add(slot).size === slots) {
      send({ port: endpoint.port });
    }
    transport.send(slot, bytes, start, end);
  },
  receivedFrom: (slot, bytes, start, end, peer) =>
    void transport.sendTo(slot, peer, bytes, start, end),
  drained() {},
  errored() {},
  closed() {},
};
const io = createUringIo({ filesPerRing: files });
const connected = role === "client";
const transport = io.transport({ protocol, slots, events, connected });
if (role === "server") {
  const bound =
    protocol === "tcp"
      ? (await transport.listen(endpoint)).endpoint
      : await transport.bind(0, endpoint);
  send({ port: bound.port });
} else {
  for (let slot = 0; slot < slots; slot++) {
    transport.open(slot, {
      sourceAddress,
      sourcePort: firstPort + slot,
      destinationAddress: endpoint.address,
      destinationPort: endpoint.port,
    });
  }
}
for (;;) await io.turn(monotonicNs() + 20e6, 10e6);
