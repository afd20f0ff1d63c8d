/**
 * The plain loop that the portable path is measured against: `net` as one would write it by hand,
 * with nothing around it - no schedule, no histogram, no counter but one.
 *
 *     node net-loop.js PORT CONNECTIONS WARM_UP_SECONDS SECONDS
 *
 * Prints one JSON object: {exchanges, seconds, cpuSeconds}, of the time after the warm-up.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { measureSteady } from "./steady.js";

const [port = 0, connections = 0, warmUpSeconds = 0, seconds = 0] = process.argv
  .slice(2)
  .map(Number);
const message = Buffer.alloc(64, "x");
let exchanges = 0;

const sockets = Array.from({ length: connections }, () => {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let missing = message.length;
  socket.on("data", (bytes) => {
    missing -= bytes.length;
    if (missing > 0) return;
    missing = message.length;
    exchanges++;
    socket.write(message);
  });
  socket.on("close", () => {
    throw new Error("the server closed a connection");
  });
  return socket;
});

await Promise.all(sockets.map((socket) => once(socket, "connect")));
for (const socket of sockets) socket.write(message);
console.log(JSON.stringify(await measureSteady(warmUpSeconds, seconds, () => exchanges)));
process.exit(0);
