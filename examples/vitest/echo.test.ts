import { createServer } from "node:net";
import { loadTest } from "slash8/vitest";

const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));

loadTest("500 requests/s are answered within 50 ms", {
  version: 1,
  name: "echo",
  workloads: {
    echo: { target: server, pattern: "request", message: "hello", framing: "echo", rate: "500/s", duration: "2s" },
  },
  gates: (run) => [run.echo.responseTime.p99.below("50ms"), run.total.errors.equals(0)],
});
