/**
 * The plain loop that the portable path is compared with: `net` as one would write it by hand,
 * with nothing else - no schedule, no histogram, no counter.
 *
 *     node net-loop.js PORT CONNECTIONS MESSAGE REPLY_BYTES
 *
 * Runs until it is ended.
 */
import { connect } from "node:net";

const [port, connections, text = "", replyBytes] = process.argv.slice(2);
const message = Buffer.from(text);

for (let n = 0; n < Number(connections); n++) {
  const socket = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
  let missing = Number(replyBytes);
  socket.on("connect", () => socket.write(message));
  socket.on("data", (bytes) => {
    missing -= bytes.length;
    if (missing > 0) return;
    missing = Number(replyBytes);
    socket.write(message);
  });
  socket.on("close", () => {
    throw new Error("the server closed a connection");
  });
}
