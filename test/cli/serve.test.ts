import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { serveRequest, serverIo } from "../../src/cli/serve.ts";
import { backends } from "../../src/io/backends.ts";

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
      options: { delayNs: 0, loss: 0, pause: null, closeAfter: null, bodyBytes: 64, udp: null },
      processes: 1,
      io: "uring",
    });
  });

  test("accepts every fault", () => {
    expect(
      serveRequest({ builtin: "udp-echo", listen: ["127.0.0.1-127.0.0.3:7000"] }, "uring").listen,
    ).toEqual([1, 2, 3].map((last) => ({ address: `127.0.0.${last}`, port: 7000 })));
    const request = serveRequest(
      {
        builtin: "tcp-http",
        listen,
        delay: 20e6,
        loss: 0.01,
        "pause-every": 3e9,
        "pause-for": 1e9,
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
      pause: { everyNs: 3e9, forNs: 1e9 },
      closeAfter: 5,
      bodyBytes: 1024,
      udp: null,
    });
  });

  test("with TLS makes a certificate for its addresses, or takes files that can be used", () => {
    const { tls } = serveRequest({ builtin: "tcp-echo", listen, tls: true }, "node");
    expect(tls?.isOwn).toBe(true);
    const { subjectAltName } = new X509Certificate(tls?.certificate ?? "");
    expect(subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
    const refused = (args: Record<string, unknown>) => () =>
      serveRequest({ builtin: "tcp-echo", listen, ...args }, "node");
    expect(refused({ cert: "x" })).toThrow("--cert has no meaning without --tls");
    expect(refused({ tls: true, key: "x" })).toThrow("--cert and --key belong together");
    expect(refused({ tls: true, cert: "/nowhere", key: "x" })).toThrow(
      "/nowhere: there is no such",
    );
    expect(refused({ builtin: "udp-echo", tls: true })).toThrow("--tls is for TCP servers");
  });

  test("accepts how a UDP server's sockets are set up", () => {
    const udp = (args: Record<string, unknown>, io: "node" | "uring" = "uring") =>
      serveRequest({ builtin: "udp-echo", listen, ...args }, io);
    expect(udp({}).options.udp).toEqual({
      mode: "specific",
      idleTimeoutNs: 30e9,
      newPeersPerSecond: null,
      remote: false,
    });
    expect(udp({ listen: ["127.0.0.1:1", "127.0.0.2:1"] }).options.udp?.mode).toBe("per-address");
    expect(
      udp({ mode: "established", "idle-timeout": 1e9, "allow-remote": true }).options.udp,
    ).toEqual({
      mode: "established",
      idleTimeoutNs: 1e9,
      newPeersPerSecond: 20_000,
      remote: true,
    });
    expect(udp({ mode: "wildcard", "new-peers": 5 }).options.udp?.newPeersPerSecond).toBe(5);
    expect(udp({ mode: "reuseport" })).toMatchObject({ processes: 2, io: "uring" });
    expect(udp({ mode: "reuseport", processes: 3 }).processes).toBe(3);
    const obstacle = backends.node.capabilities.reusePortObstacle();
    if (obstacle !== null) expect(() => udp({ mode: "reuseport" }, "node")).toThrow(obstacle);
  });

  test.each([
    [{ builtin: "tcp-echo", listen, mode: "wildcard" }, /for UDP servers/],
    [{ builtin: "tcp-echo", listen, "new-peers": 1 }, /for UDP servers/],
    [
      { builtin: "udp-echo", listen: ["127.0.0.1:1", "127.0.0.2:1"], mode: "specific" },
      /--mode specific is one socket on one address, and 2 are listed; per-address/,
    ],
    [{ builtin: "udp-sink", listen, mode: "wildcard-pktinfo" }, /--mode .*use wildcard/],
    [{ builtin: "udp-echo", listen, "idle-timeout": 1e9 }, /--idle-timeout is when/],
    [{ builtin: "udp-echo", listen, mode: "established", "idle-timeout": 0 }, /1ms or more/],
    [{ builtin: "udp-echo", listen, "new-peers": 0.5 }, /1\/s or more/],
    [{ builtin: "tcp-echo" }, /where should tcp-echo listen/],
    [{ builtin: "tcp-echo", listen: ["7000"] }, /not an address and a port, as in/],
    [{ builtin: "tcp-echo", listen: ["::1:7000"] }, /not an address and a port, as in/],
    [{ builtin: "tcp-echo", listen: ["127.0.0.1:65536"] }, /a port is 1 to 65535/],
    [{ builtin: "tcp-echo", listen: ["127.0.0.256:1"] }, /more than 255/],
    [{ builtin: "tcp-echo", listen: ["localhost:1"] }, /names are not looked up/],
    [
      { builtin: "tcp-echo", listen: ["10.0.0.1:1"] },
      /not a loopback address, so other machines could reach the server; add --allow-remote/,
    ],
    [{ builtin: "tcp-echo", listen: ["0.0.0.0:1"] }, /--allow-remote/],
    [{ builtin: "tcp-echo", listen, "pause-every": 3e9 }, /give both/],
    [{ builtin: "tcp-echo", listen, "pause-for": 3e9 }, /give both/],
    [{ builtin: "tcp-echo", listen, "pause-every": 1e9, "pause-for": 1e9 }, /shorter than/],
    [{ builtin: "udp-echo", listen, "close-after": 3 }, /for TCP servers/],
    [{ builtin: "udp-sink", listen, processes: 2 }, /for TCP servers/],
    [{ builtin: "tcp-echo", listen, body: 10 }, /for tcp-http/],
  ])("refuses %j", (args, message) => {
    const attempt = () => serveRequest(args, "node");
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });

  test("listens on remote addresses with --allow-remote", () => {
    const args = { builtin: "tcp-echo", listen: ["0.0.0.0:1"], "allow-remote": true };
    expect(serveRequest(args, "node").listen).toEqual([{ address: "0.0.0.0", port: 1 }]);
  });
});

describe("serverIo", () => {
  test("is what is requested, and Node's sockets where several processes share listeners", () => {
    expect(serverIo({})).toBe("auto");
    expect(serverIo({ io: "uring" })).toBe("uring");
    expect(serverIo({ io: "uring", processes: 1 })).toBe("uring");
    expect(serverIo({ io: "auto", processes: 2 })).toBe("node");
    expect(serverIo({ io: "uring", processes: 2, mode: "reuseport" })).toBe("uring");
    expect(() => serverIo({ io: "uring", processes: 2 })).toThrow(/leave --processes out/);
  });
});
