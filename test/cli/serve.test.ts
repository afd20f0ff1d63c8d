import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { serveRequest, serverIo } from "../../src/cli/serve.ts";

const listen = ["127.0.0.1:7000"];

describe("serveRequest", () => {
  test("has defaults without faults", () => {
    expect(
      serveRequest({ builtin: "tcp-echo", listen: ["127.0.0.1:0", "[::1]:7000"] }, "uring"),
    ).toEqual({
      builtin: "tcp-echo",
      listen: [
        { address: "127.0.0.1", port: 0 },
        { address: "::1", port: 7000 },
      ],
      options: { delayNs: 0, loss: 0, stall: null, closeAfter: null, bodyBytes: 64, udp: null },
      processes: 1,
      io: "uring",
    });
  });

  test("takes every fault", () => {
    const request = serveRequest(
      {
        builtin: "tcp-http",
        listen,
        delay: 20e6,
        loss: 0.01,
        "stall-every": 3e9,
        "stall-for": 1e9,
        "close-after": 5,
        body: 1024,
        processes: 2,
      },
      "node",
    );
    expect(request.processes).toBe(2);
    expect(request.options).toEqual({
      delayNs: 20e6,
      loss: 0.01,
      stall: { everyNs: 3e9, forNs: 1e9 },
      closeAfter: 5,
      bodyBytes: 1024,
      udp: null,
    });
  });

  test.each([
    [{ builtin: "tcp-echo" }, /where should tcp-echo listen/],
    [{ builtin: "tcp-echo", listen: ["7000"] }, /ADDRESS:PORT/],
    [{ builtin: "tcp-echo", listen: ["::1:7000"] }, /ADDRESS:PORT/],
    [{ builtin: "tcp-echo", listen: ["127.0.0.1:65536"] }, /ADDRESS:PORT/],
    [{ builtin: "tcp-echo", listen: ["127.0.0.256:1"] }, /more than 255/],
    [{ builtin: "tcp-echo", listen: ["localhost:1"] }, /not an IP address/],
    [{ builtin: "tcp-echo", listen: ["10.0.0.1:1"] }, /no loopback address.*--allow-remote/],
    [{ builtin: "tcp-echo", listen: ["0.0.0.0:1"] }, /--allow-remote/],
    [{ builtin: "tcp-echo", listen, "stall-every": 3e9 }, /give both/],
    [{ builtin: "tcp-echo", listen, "stall-for": 3e9 }, /give both/],
    [{ builtin: "tcp-echo", listen, "stall-every": 1e9, "stall-for": 1e9 }, /shorter than/],
    [{ builtin: "udp-echo", listen, "close-after": 3 }, /for TCP servers/],
    [{ builtin: "udp-sink", listen, processes: 2 }, /for TCP servers/],
    [{ builtin: "tcp-echo", listen, body: 10 }, /for tcp-http/],
  ])("refuses %j", (args, message) => {
    const attempt = () => serveRequest(args, "node");
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });

  test("listens elsewhere when told to", () => {
    const args = { builtin: "tcp-echo", listen: ["0.0.0.0:1"], "allow-remote": true };
    expect(serveRequest(args, "node").listen).toEqual([{ address: "0.0.0.0", port: 1 }]);
  });
});

describe("serverIo", () => {
  test("is what is asked for, and Node's sockets where several processes share listeners", () => {
    expect(serverIo({})).toBe("auto");
    expect(serverIo({ io: "uring" })).toBe("uring");
    expect(serverIo({ io: "uring", processes: 1 })).toBe("uring");
    expect(serverIo({ io: "auto", processes: 2 })).toBe("node");
    expect(() => serverIo({ io: "uring", processes: 2 })).toThrow(/leave --processes out/);
  });
});
