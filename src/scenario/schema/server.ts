import { z } from "zod";
import { defaultProtocol, protocolNames } from "../../address/protocol.ts";
import { builtinNames } from "../builtins.ts";
import { serverTlsSchema } from "./tls.ts";
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
    .enum(builtinNames)
    .optional()
    .meta({
      description:
        "A server that is part of slash8. With neither builtin nor command, the server is expected to run " +
        "already.",
      byDefault: "none",
    }),
  command: z
    .union([line, z.array(word).min(1).max(1000)], {
      error: "expected a command as a text, or as a list of the program and its arguments",
    })
    .optional()
    .meta({
      description:
        "Command that starts the server: a text for the shell, or a list of the program and its arguments. " +
        "The server is watched, and stopped with all its children.",
      byDefault: "none",
    }),
  listen: oneOrMany(line, 'an address and port such as "127.0.0.1:7000", or a list of them')
    .optional()
    .meta({
      description:
        'Where it listens: "127.0.0.1:7000", "[::1]:7000", a range of addresses ' +
        '"127.10.0.1-127.10.0.200:7000" or "127.10.0.0/24:7000", a name such as "localhost:7000", or a list. ' +
        "Required without builtin.",
      byDefault: "builtin: a free port of 127.0.0.1 (port 0)",
    }),
  protocol: z
    .enum(protocolNames)
    .optional()
    .meta({
      description: "Transport protocol.",
      byDefault: `the builtin's, else ${defaultProtocol}`,
    }),
  processes: count(1, 256).optional().meta({
    description:
      "builtin: processes that share the listen addresses, over TCP, or over UDP in mode reuseport.",
    byDefault: "TCP: as many as the open-file limit requires; UDP in mode reuseport: 2",
  }),
  mode: z
    .enum(udpModes)
    .optional()
    .meta({
      description:
        "builtin over UDP: how its sockets are created. specific: one, bound to the one listen address. " +
        "per-address: one for each listen address. wildcard: one bound to any address, whose replies leave " +
        "from an address that the kernel chooses, so that clients that sent to another address do not accept " +
        "them. wildcard-pktinfo: the same, with replies from the address sent to (IP_PKTINFO; over io node by " +
        "one socket for each address). established: a connected socket for each peer, in addition to the " +
        "unconnected one. reuseport: one in each of several processes, over which the kernel spreads flows. " +
        "See docs/udp.md.",
      byDefault: "specific; with several listen addresses per-address",
    }),
  idleTimeout: positiveDuration.optional().meta({
    description:
      "builtin over UDP, mode established: a peer's socket is closed when nothing has been received from it for " +
      "this long. With newPeers, a peer counts as new again after it.",
    byDefault: "30s",
  }),
  newPeers: positiveRate.optional().meta({
    description:
      "builtin over UDP: new peers (unknown, or idle for idleTimeout) that are served per second; " +
      "datagrams of others are dropped and counted as refused.",
    byDefault: "20000/s in mode established, else no limit",
  }),
  delay: duration
    .optional()
    .meta({ description: "builtin that replies: wait before each reply.", byDefault: "0" }),
  loss: ratio.optional().meta({
    description: "builtin: ratio of requests that get no reply (udp-sink: that are not counted).",
    byDefault: "0",
  }),
  pause: map("a pause", {
    every: positiveDuration.describe("Time from the start of one pause to the start of the next."),
    for: positiveDuration.describe("Length of a pause; shorter than every."),
  })
    .optional()
    .meta({
      description: "builtin: at regular intervals the server does nothing at all for a while.",
      byDefault: "never",
    }),
  closeAfter: count(1, 1_000_000_000).optional().meta({
    description:
      "builtin over TCP: it closes a connection after this many replies (tcp-sink: chunks received).",
    byDefault: "never",
  }),
  body: size(0, 16 * 1024 * 1024)
    .optional()
    .meta({ description: "tcp-http: size of the reply's body.", byDefault: "64" }),
  tls: serverTlsSchema.optional().meta({
    description:
      "builtin over TCP: clients must use TLS. true: with a certificate that is made at the start, and that the " +
      "workloads with this target trust; or files. See docs/tls.md.",
    byDefault: "false",
  }),
  cwd: line.optional().meta({
    description: "command: working directory.",
    byDefault: "the folder of the scenario's file",
  }),
  env: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean()], { error: "expected a text" }),
    )
    .optional()
    .meta({
      description: "command: environment variables, in addition to slash8's own.",
      byDefault: "none",
    }),
  ready: z
    .union(
      [
        z.literal("port"),
        choice("a ready", {
          output: line
            .optional()
            .describe("Ready when a line of its output matches this regular expression."),
          delay: duration.optional().describe("Ready after this time."),
        }),
      ],
      { error: "expected port, { output: regular expression } or { delay: 1s }" },
    )
    .optional()
    .meta({
      description:
        "command: when the server is ready: port (its first port answers), { output: regular expression } or " +
        "{ delay: 1s }.",
      byDefault: "port; over UDP { delay: 1s }",
    }),
  readyTimeout: positiveDuration.optional().meta({
    description: "command: the run fails when the server is not ready after this time.",
    byDefault: "10s",
  }),
  stopSignal: z
    .enum(["SIGTERM", "SIGINT", "SIGQUIT", "SIGKILL", "SIGHUP"])
    .optional()
    .meta({ description: "command: signal that stops the server.", byDefault: "SIGTERM" }),
  stopTimeout: positiveDuration.optional().meta({
    description: "command: SIGKILL follows when the server has not stopped after this time.",
    byDefault: "5s",
  }),
  activation: z
    .boolean()
    .optional()
    .meta({
      description:
        "Socket activation: slash8 opens the listening sockets, keeps them open for the whole run, and passes " +
        "them to each instance from file descriptor 3 on, with LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES as " +
        "systemd sets them. Needs Linux.",
      byDefault: "false; true for a builtin with restart and order: startFirst",
    }),
  restart: map("a restart", {
    at: oneOrMany(positiveDuration, 'a time such as "10s", or a list of them')
      .optional()
      .meta({
        description:
          "Times at which a new instance replaces the old one, ascending, counted from the start of the first " +
          "workloads.",
        byDefault: "none; one of at and every is required",
      }),
    every: positiveDuration
      .refine((ns) => ns >= 1e9, "must be at least 1s")
      .optional()
      .meta({
        description: "Instead of at: restarts at this interval; at least 1s.",
        byDefault: "none",
      }),
    order: z
      .enum(["startFirst", "stopFirst"])
      .optional()
      .meta({
        description:
          "startFirst: the new instance is ready before the old one is to drain; both must be able to " +
          "listen at once, by activation or SO_REUSEPORT. stopFirst: the old one has exited before the new one " +
          "is started.",
        byDefault: "startFirst for builtin and with activation, else stopFirst",
      }),
    signal: z
      .enum(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGKILL"])
      .optional()
      .meta({
        description: "command: signal that makes the old instance drain.",
        byDefault: "SIGTERM",
      }),
    drainTimeout: positiveDuration.optional().meta({
      description: "How long the old instance may drain; SIGKILL follows.",
      byDefault: "10s",
    }),
  })
    .optional()
    .meta({
      description:
        "Restarts the server during the run, and counts what happens to old and new flows: kept, reset, " +
        "lost, misrouted. See docs/restart.md.",
      byDefault: "never",
    }),
  missing: z.enum(["fail", "skip"]).optional().meta({
    description:
      "command: when the program is not installed, fail, or skip the scenario with a message.",
    byDefault: "fail",
  }),
});

export type ServerInput = z.output<typeof serverSchema>;
