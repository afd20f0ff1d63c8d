/**
 * Generated from the schema by `npm run schema`: change the descriptions in src/scenario/schema/, not here.
 */

/** A number and a unit, ns, us, ms, s, m or h; several are added: `250ms`, `1m30s`, `0`. */
export type Duration = string | number;

/** A number per ms, s, m or h: `20000/s`. */
export type Rate = string | number;

/** Bytes, or a number and a unit, B, kB, MB, GB, KiB, MiB or GiB: `64`, `64KiB`. */
export type Size = string | number;

/** A size per ms, s, m or h: `10KiB/s`. */
export type ByteRate = string | number;

/** A percentage, or a number from 0 to 1: `1%`, `0.01`. */
export type Ratio = string | number;

/** An HTTP status, or a class of them: `200`, `2xx`. */
export type Status = string | number;

/** What a scenario has in a file. */
export interface ScenarioFields {
  /** Version of the scenario format: 1. */
  readonly version: 1;
  /** Name of the scenario: letters, digits, '.', '_' and '-'. Result files are named after it. */
  readonly name: string;
  /** The question that the scenario answers, for people. Default: none. */
  readonly description?: string | undefined;
  /** Seed of everything random, such as Poisson arrivals and loss. Default: 1. */
  readonly seed?: number | undefined;
  /** Worker threads in total. Default: half of the CPUs, at least 1. */
  readonly workers?: number | undefined;
  /**
   * How sockets are driven: node (Node's net and dgram), uring (Linux' io_uring), or auto, which uses uring
   * where it can be used. Default: auto.
   */
  readonly io?: "auto" | "node" | "uring" | undefined;
  /**
   * How many times load runs the scenario, one run after the other with fresh servers, 1 to 100. Each run has a
   * result, and a summary shows how much they differ. Default: 1.
   */
  readonly repeat?: number | undefined;
  /**
   * Earlier results, relative to this file, that "baseline" in gates refers to: the median over them. load
   * --baseline names others. Default: none.
   */
  readonly baseline?: string | readonly string[] | undefined;
  /** Scenario files, relative to this one, that this file builds on: its own keys override theirs. Default: none. */
  readonly include?: string | readonly string[] | undefined;
  /**
   * Files with rows that messages take values from, by name: {{users.email}} is a cell of data `users`. See
   * docs/messages.md. Default: none.
   */
  readonly data?: { readonly [name: string]: DataFields } | undefined;
  /** The servers under test, by name. Default: none; targets are given as URLs. */
  readonly servers?: { readonly [name: string]: ServerFields } | undefined;
  /**
   * The hosts whose agents run the clients of load --nats, by the names that the agents were started with: { a:
   * {}, b: {} }. See docs/distributed.md. Default: every agent that is there; without --nats the clients are on
   * this machine.
   */
  readonly hosts?: { readonly [name: string]: HostFields } | undefined;
  /** What is sent, from where and to where, by name. */
  readonly workloads: { readonly [name: string]: WorkloadFields };
  /**
   * Captures packets during the run, with dumpcap or tcpdump, and keeps those of some clients. Default: no
   * capture.
   */
  readonly capture?: CaptureFields | undefined;
  /**
   * Conditions that the run must meet, such as "chatter.responseTime.p99 < 5ms", or "chatter.responseTime.p99 <=
   * baseline * 1.25"; or a map with the condition and more. Default: none.
   */
  readonly gates?: readonly (string | GateFields)[] | undefined;
  /**
   * Commands, each run once, when a gate breaks in a window during the run: a profile of the server at that
   * moment, for example. { gate: "chat.responseTime.p99 < 50ms", run: "perf record -g -p {{server.pid}} -- sleep
   * 5" }. See docs/gates.md. Default: none.
   */
  readonly at?: CommandAtAGateFields | readonly CommandAtAGateFields[] | undefined;
}

/** What data has in a file. */
export interface DataFields {
  /** The file with the rows, relative to the scenario's file. At most 1 GiB. */
  readonly file: string;
  /**
   * csv (RFC 4180: quotation marks, either kind of line ends, a byte order mark) and tsv, whose first line names
   * the columns; jsonl, a JSON object a line; lines, each line a row. Empty lines are left out. Default: by the
   * file's ending: .csv, .tsv, .jsonl, .ndjson, .txt.
   */
  readonly format?: "csv" | "tsv" | "jsonl" | "lines" | undefined;
  /** csv: the character between two cells. Default: a comma. */
  readonly delimiter?: string | undefined;
  /** csv, tsv: the columns' names, where the first line is a row already. Default: the first line. */
  readonly columns?: readonly string[] | undefined;
  /**
   * Which row a message takes. sequential: the n-th message of the workload, over all connections and workers,
   * takes the n-th row, and the first one again after the last. random: any, which follows from the seed.
   * oncePerConnection: the n-th connection of the workload takes the n-th row for all its messages. Default:
   * sequential.
   */
  readonly order?: "sequential" | "random" | "oncePerConnection" | undefined;
}

/** What a server has in a file. */
export interface ServerFields {
  /**
   * A server that is part of slash8. With neither builtin nor command, the server is expected to run already.
   * Default: none.
   */
  readonly builtin?: "tcp-echo" | "tcp-sink" | "tcp-http" | "udp-echo" | "udp-sink" | undefined;
  /**
   * Command that starts the server: a text for the shell, or a list of the program and its arguments. The server
   * is watched, and stopped with all its children. Default: none.
   */
  readonly command?: string | readonly (string | number | boolean)[] | undefined;
  /**
   * Where it listens: "127.0.0.1:7000", "[::1]:7000", a range of addresses "127.10.0.1-127.10.0.200:7000" or
   * "127.10.0.0/24:7000", a name such as "localhost:7000", or a list. Required without builtin. Default:
   * builtin: a free port of 127.0.0.1 (port 0).
   */
  readonly listen?: string | readonly string[] | undefined;
  /** Transport protocol. Default: the builtin's, else tcp. */
  readonly protocol?: "tcp" | "udp" | undefined;
  /**
   * builtin: processes that share the listen addresses, over TCP, or over UDP in mode reuseport. Default: TCP:
   * as many as the open-file limit requires; UDP in mode reuseport: 2.
   */
  readonly processes?: number | undefined;
  /**
   * builtin over UDP: how its sockets are created. specific: one, bound to the one listen address. per-address:
   * one for each listen address. wildcard: one bound to any address, whose replies leave from an address that
   * the kernel chooses, so that clients that sent to another address do not accept them. wildcard-pktinfo: the
   * same, with replies from the address sent to (IP_PKTINFO; over io node by one socket for each address).
   * established: a connected socket for each peer, in addition to the unconnected one. reuseport: one in each of
   * several processes, over which the kernel spreads flows. See docs/udp.md. Default: specific; with several
   * listen addresses per-address.
   */
  readonly mode?: "specific" | "per-address" | "wildcard" | "wildcard-pktinfo" | "established" | "reuseport" | undefined;
  /**
   * builtin over UDP, mode established: a peer's socket is closed when nothing has been received from it for
   * this long. With newPeers, a peer counts as new again after it. Default: 30s.
   */
  readonly idleTimeout?: Duration | undefined;
  /**
   * builtin over UDP: new peers (unknown, or idle for idleTimeout) that are served per second; datagrams of
   * others are dropped and counted as refused. Default: 20000/s in mode established, else no limit.
   */
  readonly newPeers?: Rate | undefined;
  /** builtin that replies: wait before each reply. Default: 0. */
  readonly delay?: Duration | undefined;
  /** builtin: ratio of requests that get no reply (udp-sink: that are not counted). Default: 0. */
  readonly loss?: Ratio | undefined;
  /** builtin: at regular intervals the server does nothing at all for a while. Default: never. */
  readonly pause?: PauseFields | undefined;
  /**
   * builtin over TCP: it closes a connection after this many replies (tcp-sink: chunks received). Default:
   * never.
   */
  readonly closeAfter?: number | undefined;
  /** tcp-http: size of the reply's body. Default: 64. */
  readonly body?: Size | undefined;
  /**
   * builtin over TCP: clients must use TLS. true: with a certificate that is made at the start, and that the
   * workloads with this target trust; or files. See docs/tls.md. Default: false.
   */
  readonly tls?: boolean | ServerTlsFields | undefined;
  /** command: working directory. Default: the folder of the scenario's file. */
  readonly cwd?: string | undefined;
  /** command: environment variables, in addition to slash8's own. Default: none. */
  readonly env?: { readonly [name: string]: string | number | boolean } | undefined;
  /**
   * command: when the server is ready: port (its first port answers), { output: regular expression } or { delay:
   * 1s }. Default: port; over UDP { delay: 1s }.
   */
  readonly ready?: "port" | ReadyFields | undefined;
  /** command: the run fails when the server is not ready after this time. Default: 10s. */
  readonly readyTimeout?: Duration | undefined;
  /** command: signal that stops the server. Default: SIGTERM. */
  readonly stopSignal?: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGKILL" | "SIGHUP" | undefined;
  /** command: SIGKILL follows when the server has not stopped after this time. Default: 5s. */
  readonly stopTimeout?: Duration | undefined;
  /**
   * Socket activation: slash8 opens the listening sockets, keeps them open for the whole run, and passes them to
   * each instance from file descriptor 3 on, with LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES as systemd sets
   * them. Needs Linux. Default: false; true for a builtin with restart and order: startFirst.
   */
  readonly activation?: boolean | undefined;
  /**
   * Restarts the server during the run, and counts what happens to old and new flows: kept, reset, lost,
   * misrouted. See docs/restart.md. Default: never.
   */
  readonly restart?: RestartFields | undefined;
  /** command: when the program is not installed, fail, or skip the scenario with a message. Default: fail. */
  readonly missing?: "fail" | "skip" | undefined;
}

/** What a pause has in a file. */
export interface PauseFields {
  /** Time from the start of one pause to the start of the next. */
  readonly every: Duration;
  /** Length of a pause; shorter than every. */
  readonly for: Duration;
}

/** What a server's tls has in a file. */
export interface ServerTlsFields {
  /** File (PEM) with the server's certificate and the chain above it. */
  readonly cert: string;
  /** File (PEM) with its private key, not encrypted. */
  readonly key: string;
}

/** What a ready has in a file. */
export interface ReadyFields {
  /** Ready when a line of its output matches this regular expression. */
  readonly output?: string | undefined;
  /** Ready after this time. */
  readonly delay?: Duration | undefined;
}

/** What a restart has in a file. */
export interface RestartFields {
  /**
   * Times at which a new instance replaces the old one, ascending, counted from the start of the first
   * workloads. Default: none; one of at and every is required.
   */
  readonly at?: Duration | readonly Duration[] | undefined;
  /** Instead of at: restarts at this interval; at least 1s. Default: none. */
  readonly every?: Duration | undefined;
  /**
   * startFirst: the new instance is ready before the old one is to drain; both must be able to listen at once,
   * by activation or SO_REUSEPORT. stopFirst: the old one has exited before the new one is started. Default:
   * startFirst for builtin and with activation, else stopFirst.
   */
  readonly order?: "startFirst" | "stopFirst" | undefined;
  /** command: signal that makes the old instance drain. Default: SIGTERM. */
  readonly signal?: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "SIGWINCH" | "SIGKILL" | undefined;
  /** How long the old instance may drain; SIGKILL follows. Default: 10s. */
  readonly drainTimeout?: Duration | undefined;
}

/** What a host has in a file. */
export interface HostFields {
  /**
   * Source addresses of its clients towards targets that are not loopback addresses, written as the sources of a
   * workload: what is routed to the host beside its own addresses. Default: the addresses that the host has in
   * the target's network, else all that it has.
   */
  readonly sources?: string | readonly string[] | undefined;
}

/** What a workload has in a file. */
export interface WorkloadFields {
  /**
   * A name under servers, or an address that is listened on: "tcp://127.0.0.1:6379", "udp://127.0.0.1:53",
   * "tcp://localhost:7000"; ranges of addresses and lists as in listen.
   */
  readonly target: string | readonly string[];
  /**
   * request: messages and their replies; hold: open connections and keep them; churn: connect, exchange, close,
   * again and again; stream: send without waiting for replies; broadcast: send to many receivers at once, which
   * slash8 starts, over UDP; subscribe: open connections and receive what other workloads publish; session:
   * users who come at a rate: connect, exchanges with pauses between them, close.
   */
  readonly pattern: "request" | "hold" | "churn" | "stream" | "broadcast" | "subscribe" | "session";
  /**
   * Source addresses: "127.16.0.9", "127.16.0.1-127.16.0.99", "127.16.0.0/16", or a list; "!" before one
   * excludes it. Default: a block of 127.0.0.0/8 that no other run on this machine has (Linux; elsewhere
   * 127.0.0.1).
   */
  readonly sources?: string | readonly string[] | undefined;
  /** Names under hosts, on which this workload's clients are. Default: all hosts of the run. */
  readonly hosts?: string | readonly string[] | undefined;
  /**
   * Source ports: "1024-65535", 5000, or a list. Default: 1024 up, outside the kernel's ephemeral range, without
   * ports that are listened on or reserved.
   */
  readonly ports?: string | number | readonly (string | number)[] | undefined;
  /**
   * Connections (UDP: sockets) that are open at once; session: sessions at once, at most. Required for hold and
   * session. Default: 1.
   */
  readonly connections?: number | undefined;
  /** Connections that share one source address; 1 gives each connection its own address. Default: as they fit. */
  readonly connectionsPerSource?: number | undefined;
  /** Connections opened per second, over all workers. Default: as fast as they complete. */
  readonly connectRate?: Rate | undefined;
  /** An attempt to connect fails after this time. Default: 10s. */
  readonly connectTimeout?: Duration | undefined;
  /** Delay before the workload starts. Default: 0. */
  readonly startTime?: Duration | undefined;
  /** Time under load before steady state; recorded separately, not used by gates. Default: 0. */
  readonly warmUp?: Duration | undefined;
  /**
   * Length of steady state, after connecting and warm-up. Left out with stages (it is their sum less warmUp) and
   * where exchanges or totalConnections end the workload; hold without it lasts as long as the others. Default:
   * none.
   */
  readonly duration?: Duration | undefined;
  /**
   * Open model: messages per second (churn: connections, session: sessions per second), sent by the clock,
   * whatever the target does. Default: none: closed model, unless there are stages.
   */
  readonly rate?: Rate | undefined;
  /** With stages: the rate at the start of the first stage. Default: 0. */
  readonly startRate?: Rate | undefined;
  /** Open model with changing rates: in each stage the rate changes linearly to the stage's rate. Default: none. */
  readonly stages?: readonly StageFields[] | undefined;
  /** Open model: constant (evenly spaced) or poisson (at random, as independent users arrive). Default: constant. */
  readonly arrivals?: "constant" | "poisson" | undefined;
  /**
   * Closed model: pause between a reply and the next message on that connection. session: pause between the
   * exchanges of a session, in either model. Default: 0.
   */
  readonly think?: Duration | undefined;
  /** Closed model: exchanges in total, over all connections. Default: as many as fit in the duration. */
  readonly exchanges?: number | undefined;
  /**
   * An exchange without a reply for this long has timed out; with steps, each reply has that long. Also the
   * longest drain. Default: 5s.
   */
  readonly timeout?: Duration | undefined;
  /** Exchanges that may be in flight on one connection at once. Default: 1. */
  readonly inFlight?: number | undefined;
  /**
   * What is sent: a text such as "PING\r\n", or one of { size | text | hex | base64 | file }. Required unless
   * the server is a builtin, the framing is http or the pattern is broadcast. Default: { size: 64 }; tcp-http
   * and framing http: a GET request.
   */
  readonly message?: string | MessageFields | undefined;
  /**
   * What is spoken: a protocol that ships, or the path of a module of your own, relative to the scenario's file;
   * with options as { NAME: { option: value } }. It opens the connections, makes requests of the messages, finds
   * the replies and says which of them are errors. See docs/protocols.md. Default: none: messages are sent as
   * they are, and framing finds the replies.
   */
  readonly protocol?: string | { readonly [name: string]: { readonly [name: string]: string | number | boolean | readonly (string | number | boolean)[] } } | undefined;
  /**
   * A number in each message that its reply has as well, so that replies are found in any order: inFlight over 1
   * works on one UDP socket, late and repeated replies are counted as such, and a TCP connection is used further
   * after a time-out. Written into the message: by place, { offset, bytes }, or by text, { after, digits }.
   * Default: none: replies are found by their order, by the stamp of a size message, or by expect: echo.
   */
  readonly id?: IdFields | undefined;
  /**
   * Where a reply ends: echo (as long as the message), http, smtp, or one of { fixed | delimiter | lengthPrefix
   * | http | smtp }. Required unless the server is a builtin, or expect is echo. Default: tcp-echo and expect
   * echo: echo; tcp-http: http.
   */
  readonly framing?: "echo" | "http" | "smtp" | FramingFields | undefined;
  /**
   * What a reply must be, or else it counts as corrupted: any, echo (equal to the message), or one of { text |
   * hex | base64 | prefix | regex | size }; with framing http also { status }, alone or with one of these.
   * Default: any; framing http: a status below 400.
   */
  readonly expect?: "any" | "echo" | ExpectFields | undefined;
  /**
   * In place of message: several, by name and weight, each with figures of its own beside the workload's. Which
   * one a message is follows from the seed, the connection and the sequence. See docs/messages.md. Default:
   * none.
   */
  readonly messages?: readonly MessageOfSeveralFields[] | undefined;
  /**
   * Messages of the target that are no replies, and are not errors: { ignore, answer }. They are counted apart,
   * and disturb no exchange. See docs/unsolicited.md. Default: none: what nobody requested is an error.
   */
  readonly unsolicited?: UnsolicitedFields | undefined;
  /**
   * Workloads of pattern subscribe that the target passes these messages on to: what they receive is counted and
   * timed. Messages say who sent them and when: { size: 32 } or more, or {{stamp}} in a text. See
   * docs/subscribing.md. Default: none.
   */
  readonly publishes?: string | readonly string[] | undefined;
  /**
   * Steps that each connection goes through before it counts as open, in order: { send, receive, expect }. See
   * docs/opening.md. Default: none.
   */
  readonly open?: readonly StepFields[] | undefined;
  /**
   * In place of message: the messages of an exchange that has several, in order, each with its reply: { name,
   * send, receive, expect, capture, think }. See docs/conversations.md. Default: none.
   */
  readonly steps?: readonly StepOfAnExchangeFields[] | undefined;
  /**
   * Open a connection again, with the same 4-tuple, when the target closes it. Default: true for request, else
   * false.
   */
  readonly reconnect?: boolean | undefined;
  /** Wait before a connection is opened again. Default: 100ms. */
  readonly reconnectDelay?: Duration | undefined;
  /** Send one message on every connection when all are open; each must be answered. Default: false. */
  readonly verify?: boolean | undefined;
  /** Send a message on every connection at this interval. Default: never. */
  readonly keepAlive?: Duration | undefined;
  /** Connections that keepAlive applies to, a sample of all. Default: all. */
  readonly keepAliveConnections?: number | undefined;
  /**
   * The target may close connections in order. Without it each one that it closes is an error
   * (CLOSED_BY_TARGET). A reset is an error in any case. Default: false.
   */
  readonly expectClose?: boolean | undefined;
  /** Exchanges on a connection before it is closed; 0: only connect and close. Default: 1. */
  readonly exchangesPerConnection?: number | undefined;
  /** How a connection is closed: by FIN or by RST. Default: fin. */
  readonly close?: "fin" | "reset" | undefined;
  /** Connections opened in total. Default: as many as fit in the duration. */
  readonly totalConnections?: number | undefined;
  /**
   * connected: the socket receives ICMP errors and accepts datagrams only from the target. unconnected: replies
   * from elsewhere are counted. rotating (request only): connected, with a fresh source port after every
   * rotateEvery exchanges, as DNS clients do. Default: connected.
   */
  readonly socket?: "connected" | "unconnected" | "rotating" | undefined;
  /**
   * With socket: rotating, exchanges after which a flow disconnects (AF_UNSPEC) and uses another of the
   * workload's source ports, which its peer cannot predict. Default: 1.
   */
  readonly rotateEvery?: number | undefined;
  /** Receivers that share the target's address and port. Required for broadcast. */
  readonly receivers?: number | undefined;
  /** Processes that the receivers are spread over. Default: 1. */
  readonly receiverProcesses?: number | undefined;
  /** Threads of each of those processes. Default: 1. */
  readonly receiverThreads?: number | undefined;
  /** Some receivers leave and join again, repeatedly, not all at once. Default: all stay. */
  readonly membership?: MembershipFields | undefined;
  /**
   * The target is any other address of 127.0.0.0/8, and the run fails unless exactly one receiver gets
   * everything. Default: false.
   */
  readonly contrast?: boolean | undefined;
  /**
   * With socket: unconnected, receive ICMP errors as well (IP_RECVERR), so that a port where nothing listens is
   * not silent. Needs io uring. Default: false.
   */
  readonly receiveErrors?: boolean | undefined;
  /**
   * Encrypt the connections with TLS: true, or how. A connection is open when its handshake is complete; the
   * handshake's time is tlsTime. See docs/tls.md. Default: false; true for a builtin with tls.
   */
  readonly tls?: boolean | WorkloadTlsFields | undefined;
  /**
   * Slow clients: a connection reads no faster than that, however much there is to read. See
   * docs/slow-clients.md. Default: as fast as it comes.
   */
  readonly read?: ByteRate | undefined;
  /** Slow clients: a connection sends its messages no faster than that, in pieces. Default: as fast as they go. */
  readonly write?: ByteRate | undefined;
  /**
   * Slow clients: a connection sends the first half of each message, then sends and reads nothing for that long,
   * then sends the rest. Default: 0.
   */
  readonly stall?: Duration | undefined;
  /**
   * tcp: read the kernel's figures of the connections during the run: round-trip time, retransmits, congestion
   * window, and the time limited by the receive window, without root. Linux. See docs/telemetry.md. Default:
   * none.
   */
  readonly telemetry?: "tcp" | WorkloadTelemetryFields | undefined;
  /**
   * Measure for each exchange the time from when the kernel was given the message to when it had received the
   * reply, by its own time stamps: the response time without this machine's wake-ups. Needs io uring. See
   * docs/wire-time.md. Default: false.
   */
  readonly wireTime?: boolean | undefined;
  /** Set TCP_NODELAY. Default: true. */
  readonly noDelay?: boolean | undefined;
}

/** What a stage has in a file. */
export interface StageFields {
  /** Length of the stage. */
  readonly duration: Duration;
  /** Rate at the end of the stage; the rate changes linearly from the one before. */
  readonly rate: Rate;
}

/** What a message has in a file. */
export interface MessageFields {
  /**
   * This many bytes of a fixed pattern, with a stamp where it fits (16 bytes); or random lengths, which follow
   * from the seed: one of { uniform | exponential | choices }.
   */
  readonly size?: Size | LengthsFields | undefined;
  /**
   * A text in UTF-8. Placeholders such as {{sequence}}, {{users.name}} or {{random 0 99 | width 2}} are replaced
   * for each message: docs/messages.md.
   */
  readonly text?: string | undefined;
  /**
   * Beside text: texts by name, which stand in it as {{NAME}}, and whose length is {{length NAME}}. They have
   * placeholders, too. Default: none.
   */
  readonly parts?: { readonly [name: string]: string } | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
  /** Content of a file, sent as it is; the path is relative to the scenario's file. */
  readonly file?: string | undefined;
}

/** What lengths has in a file. */
export interface LengthsFields {
  /** Every length from the first to the second, all equally likely. */
  readonly uniform?: readonly [Size, Size] | undefined;
  /** Exponentially distributed lengths: many short messages, few long ones. */
  readonly exponential?: ExponentialFields | undefined;
  /** One of these lengths, at random; one that is listed twice is twice as likely. */
  readonly choices?: readonly Size[] | undefined;
}

/** What an exponential has in a file. */
export interface ExponentialFields {
  /** Mean length, before the longest are cut to max. */
  readonly mean: Size;
  /** Longest length. Default: ten times the mean. */
  readonly max?: Size | undefined;
}

/** What an id has in a file. */
export interface IdFields {
  /** Where the number stands: so many bytes from the beginning of message and reply. */
  readonly offset?: number | undefined;
  /** With offset: length of the number in bytes, as an unsigned integer. */
  readonly bytes?: number | undefined;
  /** With offset: which byte comes first. Default: big. */
  readonly byteOrder?: "big" | "little" | undefined;
  /** With offset: where it stands in the reply. Default: offset. */
  readonly replyOffset?: number | undefined;
  /**
   * The text that the number follows, in message and reply. The message has room for it behind that text, as in
   * "id=00000000".
   */
  readonly after?: string | undefined;
  /** With after: decimal digits of the number, which has leading zeros. */
  readonly digits?: number | undefined;
  /** With after: the text that it follows in the reply. Default: after. */
  readonly replyAfter?: string | undefined;
  /**
   * Numbers look random, and differ from connection to connection; else each connection counts from 0. Either
   * way a number comes again only after all others. Default: false.
   */
  readonly random?: boolean | undefined;
}

/** What a framing has in a file. */
export interface FramingFields {
  /** Every reply has that size. */
  readonly fixed?: Size | undefined;
  /** A reply ends with these bytes: a text such as "\r\n", or { text | hex | base64, maxSize }. */
  readonly delimiter?: string | DelimiterFields | undefined;
  /** A reply contains its length as a number. */
  readonly lengthPrefix?: LengthPrefixFields | undefined;
  /** Replies are HTTP/1.1 or HTTP/1.0 responses. */
  readonly http?: HttpFramingFields | undefined;
  /**
   * Replies begin with three digits, as those of SMTP and FTP do: one line, "250 OK", or several, of which the
   * first is "250-..." and the last "250 ...".
   */
  readonly smtp?: SmtpFramingFields | undefined;
}

/** What a delimiter has in a file. */
export interface DelimiterFields {
  /** The bytes as text, in UTF-8; YAML's escapes work in double quotes. */
  readonly text?: string | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
  /** Longest reply, delimiter included. Default: 16MiB. */
  readonly maxSize?: Size | undefined;
}

/** What a lengthPrefix has in a file. */
export interface LengthPrefixFields {
  /** Width of the length field in bytes: 1, 2, 4 or 8. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Byte order of the length field. Default: big (network order). */
  readonly byteOrder?: "big" | "little" | undefined;
  /** Bytes of the reply before the length field. Default: 0. */
  readonly offset?: number | undefined;
  /**
   * true: the length counts the whole reply, including the length field and what is before it; false: it counts
   * what follows the field. Default: false.
   */
  readonly includesHeader?: boolean | undefined;
  /** Bytes behind those that the length counts, such as AMQP's frame end, 1. Default: 0. */
  readonly trailing?: number | undefined;
  /** Longest reply; a longer one is a protocol error. Default: 16MiB. */
  readonly maxSize?: Size | undefined;
}

/** What an http framing has in a file. */
export interface HttpFramingFields {
  /** Longest reply. Default: 16MiB. */
  readonly maxSize?: Size | undefined;
}

/** What an smtp framing has in a file. */
export interface SmtpFramingFields {
  /** Longest reply. Default: 16MiB. */
  readonly maxSize?: Size | undefined;
}

/** What an expect has in a file. */
export interface ExpectFields {
  /**
   * With framing http, the reply's HTTP status is one of these; any other is an error, `HTTP_500` for one.
   * Default: below 400.
   */
  readonly status?: Status | readonly Status[] | undefined;
  /** The bytes as text, in UTF-8; YAML's escapes work in double quotes. */
  readonly text?: string | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
  /** A reply starts with these bytes. */
  readonly prefix?: string | PrefixFields | undefined;
  /**
   * A reply, read as Latin-1 text, matches this JavaScript regular expression. It is matched in time
   * proportional to the reply: back references, lookahead and lookbehind are refused.
   */
  readonly regex?: string | RegexFields | undefined;
  /** A reply has this size, or a size from min to max. */
  readonly size?: Size | SizeFields | undefined;
}

/** What a prefix has in a file. */
export interface PrefixFields {
  /** The bytes as text, in UTF-8; YAML's escapes work in double quotes. */
  readonly text?: string | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
}

/** What a regex has in a file. */
export interface RegexFields {
  /** The regular expression. */
  readonly pattern: string;
  /** Flags: any of i, m, s, u and v. Default: none. */
  readonly flags?: string | undefined;
}

/** What a size has in a file. */
export interface SizeFields {
  /** Smallest size. Default: 0. */
  readonly min?: Size | undefined;
  /** Largest size. Default: no limit. */
  readonly max?: Size | undefined;
}

/** What a message of several has in a file. */
export interface MessageOfSeveralFields {
  /** Name of the message in gates (chat.get.responseTime.p99) and in the result. */
  readonly name: string;
  /**
   * How often it is sent: weight 9 beside weight 1 is nine of ten messages, exactly so in every ten of a
   * connection. Default: 1.
   */
  readonly weight?: number | undefined;
  /** What is sent, in the forms of the workload's message. */
  readonly message: string | MessageFields;
  /** What its reply must be, in the forms of the workload's expect. Default: the workload's. */
  readonly expect?: "any" | "echo" | ExpectFields | undefined;
  /**
   * Where its reply ends, in the forms of the workload's framing. Replies come in the order of the requests, so
   * that it is known which message the next one answers; with id they do not, and there is one framing for all.
   * Default: the workload's.
   */
  readonly framing?: "echo" | "http" | "smtp" | FramingFields | undefined;
}

/** What an unsolicited has in a file. */
export interface UnsolicitedFields {
  /**
   * Messages that need no answer, in the forms of expect, or a text that one equals; one, or a list. Default:
   * none.
   */
  readonly ignore?: string | MessageOfTheTargetFields | readonly (string | MessageOfTheTargetFields)[] | undefined;
  /** Messages that are answered, each by the first of these that it fits. Default: none. */
  readonly answer?: readonly AnswerFields[] | undefined;
}

/** What a message of the target has in a file. */
export interface MessageOfTheTargetFields {
  /** The bytes as text, in UTF-8; YAML's escapes work in double quotes. */
  readonly text?: string | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
  /** A reply starts with these bytes. */
  readonly prefix?: string | PrefixFields | undefined;
  /**
   * A reply, read as Latin-1 text, matches this JavaScript regular expression. It is matched in time
   * proportional to the reply: back references, lookahead and lookbehind are refused.
   */
  readonly regex?: string | RegexFields | undefined;
  /** A reply has this size, or a size from min to max. */
  readonly size?: Size | SizeFields | undefined;
}

/** What an answer has in a file. */
export interface AnswerFields {
  /** Which messages are answered, in the forms of expect, or a text that one equals: { prefix: "PING" }. */
  readonly to: string | MessageOfTheTargetFields;
  /** What is sent back: a text, or { text | hex | base64 }. */
  readonly send: string | SendFields;
}

/** What a send has in a file. */
export interface SendFields {
  /** The bytes as text, in UTF-8; YAML's escapes work in double quotes. */
  readonly text?: string | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
}

/** What a step has in a file. */
export interface StepFields {
  /** Name of the step, for the plan and the result. Default: none. */
  readonly name?: string | undefined;
  /** What is sent, in the forms of message; {{sequence}} is the step's number, from 0. Default: nothing. */
  readonly send?: string | MessageFields | undefined;
  /**
   * Where the step's reply ends, in the forms of framing; none: it is not waited for. Over UDP a reply is a
   * datagram, and only none has a meaning. Default: the workload's framing.
   */
  readonly receive?: "none" | "echo" | "http" | "smtp" | FramingFields | undefined;
  /**
   * What the step's reply must be, in the forms of the workload's expect, or a text that it must equal; any
   * other reply fails the connection. Default: any; http: a status below 400.
   */
  readonly expect?: string | ExpectFields | undefined;
  /**
   * Values out of the reply, by name: {{name}} in messages of later steps and in the workload's message is that
   * of the connection. A reply without one fails the connection. Default: none.
   */
  readonly capture?: { readonly [name: string]: CapturedValueFields } | undefined;
}

/** What a captured value has in a file. */
export interface CapturedValueFields {
  /** The value begins behind these bytes. Default: the reply's beginning. */
  readonly after?: string | AfterFields | undefined;
  /** It ends before these bytes. Default: the reply's end. */
  readonly before?: string | BeforeFields | undefined;
  /** Longest value; each connection takes that much memory. Default: 64. */
  readonly maxSize?: Size | undefined;
}

/** What an after has in a file. */
export interface AfterFields {
  /** The bytes as text, in UTF-8; YAML's escapes work in double quotes. */
  readonly text?: string | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
}

/** What a before has in a file. */
export interface BeforeFields {
  /** The bytes as text, in UTF-8; YAML's escapes work in double quotes. */
  readonly text?: string | undefined;
  /** The bytes in hexadecimal; white space is ignored. */
  readonly hex?: string | undefined;
  /** The bytes in base64; white space is ignored. */
  readonly base64?: string | undefined;
}

/** What a step of an exchange has in a file. */
export interface StepOfAnExchangeFields {
  /**
   * Name of the step, for its errors and, where it sends and waits for a reply, figures of its own:
   * workload.NAME.responseTime.p99 in gates. Default: its number, from 1.
   */
  readonly name?: string | undefined;
  /**
   * What is sent, in the forms of message; {{sequence}} and {{number}} are those of the exchange. Default:
   * nothing.
   */
  readonly send?: string | MessageFields | undefined;
  /**
   * Where the step's reply ends, in the forms of framing; none: it is not waited for. Over UDP a reply is a
   * datagram, and only none has a meaning. Default: the workload's framing.
   */
  readonly receive?: "none" | "echo" | "http" | "smtp" | FramingFields | undefined;
  /**
   * What the step's reply must be, in the forms of the workload's expect, or a text that it must equal; any
   * other reply fails the exchange. Default: any; http: a status below 400.
   */
  readonly expect?: string | ExpectFields | undefined;
  /**
   * Values out of the reply, by name: {{name}} in messages of later steps. A reply without one fails the
   * exchange. Default: none.
   */
  readonly capture?: { readonly [name: string]: CapturedValueFields } | undefined;
  /** Pause before the step; it is part of the exchange's response time. Default: 0. */
  readonly think?: Duration | undefined;
}

/** What a membership has in a file. */
export interface MembershipFields {
  /** Number of receivers that leave and join; at least one other stays. */
  readonly receivers: number;
  /** How long one is joined before it leaves; at least 100ms. */
  readonly joined: Duration;
  /** How long it stays out before it joins again. */
  readonly left: Duration;
}

/** What a workload's tls has in a file. */
export interface WorkloadTlsFields {
  /**
   * File (PEM) with the certificates that may have signed the target's. Default: those that Node trusts, and of
   * a builtin that makes its certificate itself, that one.
   */
  readonly ca?: string | undefined;
  /**
   * File (PEM) with the clients' own certificate and the chain above it, for targets that ask for one. Default:
   * none.
   */
  readonly cert?: string | undefined;
  /** File (PEM) with the private key of cert, not encrypted. Default: none. */
  readonly key?: string | undefined;
  /**
   * Host name that the clients ask for (SNI), and that the target's certificate must be for. Default: none is
   * sent, and the certificate must be for the target's address; localhost for a builtin that makes its
   * certificate itself.
   */
  readonly serverName?: string | undefined;
  /** Protocols that the clients offer (ALPN); a target that chooses none of them is an error. Default: none. */
  readonly alpn?: string | readonly string[] | undefined;
  /** Oldest version that is accepted. Default: TLSv1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /**
   * Connections resume the session that the target gave out last, each worker its own, as a client that comes
   * back does. Otherwise every handshake is a full one. Default: false.
   */
  readonly resume?: boolean | undefined;
  /** Accept any certificate of the target, without checking it. Default: false. */
  readonly insecure?: boolean | undefined;
}

/** What a workload's telemetry has in a file. */
export interface WorkloadTelemetryFields {
  /** The kernel's figures of the connections: true, or how often they are read. */
  readonly tcp: true | WhatIsReadOfTCPFields;
}

/** What what is read of TCP has in a file. */
export interface WhatIsReadOfTCPFields {
  /** Interval between two looks at the connections; 100ms at least. Default: 1s. */
  readonly every?: Duration | undefined;
}

/** What a capture has in a file. */
export interface CaptureFields {
  /** Workloads whose packets are captured. Default: all. */
  readonly workloads?: string | readonly string[] | undefined;
  /**
   * File that the packets are written to (pcap), relative to the working directory. Default:
   * results/<name>.pcap.
   */
  readonly file?: string | undefined;
  /**
   * Clients whose packets are kept after the run: all, "slowest 10" (of each workload, by response time) or
   * "failing 10" (by errors); 32 at most. Default: all.
   */
  readonly clients?: string | undefined;
  /**
   * Program that captures: dumpcap, tcpdump, or auto, which uses the first of them that is installed. Default:
   * auto.
   */
  readonly program?: "auto" | "dumpcap" | "tcpdump" | undefined;
  /** Bytes kept of each packet, from its start. Default: 256KiB, which keeps all. */
  readonly snapLength?: Size | undefined;
  /** The capture ends when the file has this size. Default: 1GiB. */
  readonly maxSize?: Size | undefined;
}

/** What a gate has in a file. */
export interface GateFields {
  /** The gate, such as "chatter.errors == 0". */
  readonly gate: string;
  /**
   * Whether the run ends as soon as the gate cannot hold any more: what only grows has passed its limit, a
   * window has failed, or, for percentiles, rates and ratios, what was measured so far does not hold. Default:
   * false; the gate is judged at the end of the run.
   */
  readonly abort?: boolean | AbortFields | undefined;
}

/** What abort has in a file. */
export interface AbortFields {
  /**
   * Length of steady state that must have been measured before the gate may end the run. With abort: true 0 for
   * what only grows or falls, as errors and max do, and for windows; 10s for percentiles, rates and ratios.
   */
  readonly after: Duration;
}

/** What a command at a gate has in a file. */
export interface CommandAtAGateFields {
  /**
   * The gate, such as "chat.responseTime.p99 < 50ms", which need not be one of the gates of the run. It is
   * judged in each window of its `over`, of 1s where it has none.
   */
  readonly gate: string;
  /**
   * The command, for the shell, in the folder of this file. {{server.pid}} is the process of the server that the
   * gate's workload sends to, {{servers.NAME.pid}} that of another one; of several processes all, with commas
   * between them.
   */
  readonly run: string;
  /** The command is ended after this time. Default: 30s. */
  readonly timeout?: Duration | undefined;
  /** The command is ended when it has written so much. Default: 1MiB. */
  readonly maxOutput?: Size | undefined;
  /**
   * File that its output is written to, relative to the working directory. Default: beside the result:
   * results/<name>-<UTC time>.at-<number>.txt.
   */
  readonly file?: string | undefined;
}
