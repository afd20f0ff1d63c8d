/** A server of lines: it answers each with itself. */
import { createServer } from "node:net";

createServer((socket) => {
  socket.on("error", () => {});
  socket.pipe(socket);
}).listen(7000, "127.0.0.1");
