import { z } from "zod";
import { udpModes } from "./udp-options.ts";
import {
  choice,
  count,
  duration,
  line,
  map,
  oneOrMany,
  positiveDuration,
  positiveRate,
  ratio,
  size,
  word,
} from "./values.ts";

export const serverSchema = map("a server", {
  builtin: z
    .enum(["tcp-echo", "tcp-sink", "tcp-http", "udp-echo", "udp-sink"])
    .optional()
    .describe(
      "A server that slash8 brings along. Without builtin and command the server runs already.",
    ),
  command: z
    .union([line, z.array(word).min(1).max(1000)], {
      error: "expected a command as a text, or as a list of the program and its arguments",
    })
    .optional()
    .describe(
      "A command that starts the server: a text for the shell, or a list of program and arguments. It is " +
        "watched, and ended with all its children.",
    ),
  listen: oneOrMany(line, 'an address and port such as "127.0.0.1:7000", or a list of them')
    .optional()
    .describe(
      'Where it listens: "127.0.0.1:7000", "[::1]:7000", a range of addresses "127.10.0.1-127.10.0.200:7000" ' +
        'or "127.10.0.0/24:7000", or a list. Default for builtin: a free port of 127.0.0.1 (port 0).',
    ),
  protocol: z.enum(["tcp", "udp"]).optional().describe("Default: that of the builtin, else tcp."),
  processes: count(1, 256)
    .optional()
    .describe(
      "builtin over TCP: processes that share the listen addresses. Default: as many as the open-file limit asks for. " +
        "Over UDP with mode reuseport; default there: 2.",
    ),
  mode: z
    .enum(udpModes)
    .optional()
    .describe(
      "builtin over UDP: how its sockets are made. specific: one, bound to the one listen address. per-address: one " +
        "for each. wildcard: one bound to any address, whose replies leave from where the kernel likes, so that clients " +
        "which ask another address do not know them. wildcard-pktinfo: the same, with replies from the address asked " +
        "(IP_PKTINFO; over io node one socket for each address does that). established: a connected socket for each " +
        "peer, over the unconnected one. reuseport: one in each of several processes, over which the kernel spreads " +
        "flows. Default: specific, with several listen addresses per-address. See docs/udp.md.",
    ),
  idleTimeout: positiveDuration
    .optional()
    .describe(
      "builtin over UDP, mode established: a peer's socket is closed when nothing has come from it for so long; with " +
        "newPeers a peer is unknown again after it. Default: 30s.",
    ),
  newPeers: positiveRate
    .optional()
    .describe(
      "builtin over UDP: peers not heard of before (or not lately) that are served per second; datagrams of others are " +
        "dropped, and counted as refused. Default: 20000/s in mode established, else no limit.",
    ),
  delay: duration.optional().describe("builtin that replies: wait before each reply. Default: 0."),
  loss: ratio
    .optional()
    .describe(
      "builtin: share of requests that get no reply (udp-sink: are not counted). Default: 0.",
    ),
  pause: map("a pause", {
    every: positiveDuration.describe("Time from the begin of one pause to the begin of the next."),
    for: positiveDuration.describe("Length of a pause; shorter than every."),
  })
    .optional()
    .describe("builtin: it does nothing at all for a while, again and again. Default: never."),
  closeAfter: count(1, 1_000_000_000)
    .optional()
    .describe(
      "builtin over TCP: it ends a connection after that many replies (tcp-sink: chunks). Default: never.",
    ),
  body: size(0, 16 * 1024 * 1024)
    .optional()
    .describe("tcp-http: size of the reply's body. Default: 64."),
  cwd: line
    .optional()
    .describe("command: where it runs. Default: the directory of the scenario's file."),
  env: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean()], { error: "expected a text" }),
    )
    .optional()
    .describe("command: environment variables, on top of slash8's own."),
  ready: z
    .union(
      [
        z.literal("port"),
        choice("a ready", {
          output: line.optional().describe("A line of its output matches this regular expression."),
          delay: duration.optional().describe("It is taken for ready after that long."),
        }),
      ],
      { error: "expected port, { output: regular expression } or { delay: 1s }" },
    )
    .optional()
    .describe(
      "command: when it is ready. Default: port (the first port answers); over UDP { delay: 1s }.",
    ),
  readyTimeout: positiveDuration
    .optional()
    .describe("command: the run fails when it is not ready by then. Default: 10s."),
  stopSignal: z
    .enum(["SIGTERM", "SIGINT", "SIGQUIT", "SIGKILL", "SIGHUP"])
    .optional()
    .describe("command: signal that ends it. Default: SIGTERM."),
  stopTimeout: positiveDuration
    .optional()
    .describe("command: SIGKILL follows after that long. Default: 5s."),
  activation: z
    .boolean()
    .optional()
    .describe(
      "Socket activation: slash8 opens the listening sockets, keeps them open for the whole run, and hands them " +
        "to each instance from file descriptor 3 on, with LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES as systemd " +
        "sets them. Needs Linux. Default: false; true for a builtin with restart and order: startFirst.",
    ),
  restart: map("a restart", {
    at: oneOrMany(positiveDuration, 'a time such as "10s", or a list of them')
      .optional()
      .describe(
        "When a new instance takes the old one's place: times since the first workloads began, ascending.",
      ),
    every: positiveDuration
      .refine((ns) => ns >= 1e9, "must be at least 1s")
      .optional()
      .describe("Instead of at: again and again after that time. At least 1s."),
    order: z
      .enum(["startFirst", "stopFirst"])
      .optional()
      .describe(
        "startFirst: the new instance is ready before the old one is told to drain; both must be able to " +
          "listen at once, by activation or SO_REUSEPORT. stopFirst: the old one has ended before the new one " +
          "is started. Default: startFirst for builtin and with activation, else stopFirst.",
      ),
    signal: z
      .enum(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGKILL"])
      .optional()
      .describe("command: signal that tells the old instance to drain. Default: SIGTERM."),
    drainTimeout: positiveDuration
      .optional()
      .describe("How long the old instance may drain; SIGKILL follows. Default: 10s."),
  })
    .optional()
    .describe(
      "Restarts the server during the run, and counts what becomes of old and new flows: kept, reset, lost, " +
        "misrouted. Default: never.",
    ),
  missing: z
    .enum(["fail", "skip"])
    .optional()
    .describe(
      "command: what to do when the program is not installed: fail, or skip the scenario with a message. Default: fail.",
    ),
});

export type ServerInput = z.output<typeof serverSchema>;
