import { createServer } from "node:net";
import { loadTest } from "slash8/vitest";
import { expect } from "vitest";

const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));

// Five runs, compared with those in __baselines__/, which the first time writes and `vitest -u` writes again.
loadTest(
  "the server is no slower than before",
  {
    version: 1,
    name: "echo-again",
    repeat: 5,
    workloads: {
      echo: { target: server, pattern: "request", message: "hello", framing: "echo", rate: "500/s", duration: "2s" },
    },
  },
  (result, { results }) => {
    expect(result).toHold("echo.exchanges.corrupted == 0");
    expect(results).toMatchBaseline({ by: "25%" });
  },
);
