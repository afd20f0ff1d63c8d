// The server of real-websocket.yaml: ws (npm install ws), which sends each message back. GET /counts says what it has seen.
import { createServer } from "node:http";

const port = Number(process.argv[2]);
const { WebSocketServer } = await import("ws").catch(() => {
  console.error("ws is not installed: npm install ws");
  // As a shell says that there is no such command: the scenario is skipped.
  process.exit(127);
});

const counts = { upgrades: 0, messages: 0, closed: 0 };
const http = createServer((_request, response) => response.end(JSON.stringify(counts)));
const server = new WebSocketServer({ server: http, path: "/echo" });
server.on("connection", (socket) => {
  counts.upgrades++;
  socket.on("message", (message, isBinary) => {
    counts.messages++;
    socket.send(message, { binary: isBinary });
  });
  socket.on("close", () => counts.closed++);
  socket.on("error", (error) => console.error(error.message));
});
http.listen(port, "127.0.0.1", 4096, () => console.log("listening"));
process.on("SIGTERM", () => process.exit(0));
