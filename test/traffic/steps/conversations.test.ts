/** Exchanges of several messages, and sessions, over both ios. */
import net from "node:net";
import { describe, expect, it } from "vitest";
import { timing } from "../../../src/metrics/snapshot.ts";
import type { ExchangeStep, UnsolicitedSpec, Workload } from "../../../src/scenario/scenario.ts";
import { tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../../support/traffic.ts";

const text = (message: string) => ({
  kind: "bytes" as const,
  base64: Buffer.from(message).toString("base64"),
});
const template = (message: string) => ({ kind: "template" as const, text: message });
const framed = { ...text("\r\n"), kind: "delimiter" as const, maxBytes: 1000 };

function step(
  send: string | null,
  expected: string | null,
  changes: Partial<ExchangeStep> = {},
): ExchangeStep {
  return {
    name: null,
    capture: [],
    thinkNs: 0,
    message: send === null ? null : template(send),
    receive:
      expected === null
        ? null
        : { framing: framed, expect: { kind: "prefix", base64: text(expected).base64 } },
    ...changes,
  };
}

/** Four messages, as a mail has them. */
const mail = [
  step("MAIL {{number}}\r\n", "250", { name: "mail" }),
  step("RCPT {{connection}}\r\n", "250", { name: "rcpt" }),
  step("DATA\r\n", "354", { name: "data" }),
  step("hello {{number}}\r\n.\r\n", "250", { name: "body" }),
];

/** As a scenario has them: its named steps that have a reply are parts of their workload. */
const parts = { names: ["mail", "rcpt", "data", "body"], addUp: false };

/** A closed-model workload of mails. */
function workloadOf(
  steps: readonly ExchangeStep[],
  changes: Partial<Workload> = {},
  exchanges: number | null = 30,
): Workload {
  return makeWorkload({
    connections: 3,
    steps,
    message: steps[0]?.message ?? text("X"),
    framing: null,
    expect: { kind: "any" },
    durationNs: null,
    load: { model: "closed", thinkNs: 0, exchanges },
    reconnect: true,
    reconnectDelayNs: 1e6,
    ...changes,
  });
}

type Answer = (line: string, socket: net.Socket) => string | null;

/** A server that answers each line, with a line; null: not. */
function lineServer(answer: Answer) {
  return tcpServer((socket) => {
    let rest = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const [...all] = (rest + chunk.toString("latin1")).split("\r\n");
      rest = all.pop() ?? "";
      for (const line of all) {
        const reply = answer(line, socket);
        if (reply !== null) socket.write(`${reply}\r\n`);
      }
    });
  });
}

interface Mails {
  /** Numbers of the mails that were taken. */
  readonly taken: string[];
  /** Lines that came out of order. */
  outOfOrder: number;
}

/** Takes mails, and is strict about the order of their lines; `change` may answer otherwise. */
function mailServer(
  mails: Mails,
  change: (line: string) => string | null | undefined = () => undefined,
) {
  const at = new WeakMap<net.Socket, string>();
  const follows: Record<string, string> = {
    MAIL: ".",
    RCPT: "MAIL",
    DATA: "RCPT",
    hello: "DATA",
    ".": "hello",
  };
  return lineServer((line, socket) => {
    const [word = "", number = ""] = line.split(" ");
    if ((at.get(socket) ?? ".") !== follows[word]) mails.outOfOrder++;
    at.set(socket, word);
    const changed = change(line);
    if (changed !== undefined) return changed;
    if (word === "hello") {
      mails.taken.push(number);
      return null;
    }
    return word === "DATA" ? "354 go on" : `250 ${line}`;
  });
}

const none = (): Mails => ({ taken: [], outOfOrder: 0 });

describe("exchanges of several messages over TCP", () => {
  it("are one exchange each: its messages in order, one count, one response time", async () => {
    const mails = none();
    await using server = await mailServer(mails);
    const measured = await runTraffic(workloadOf(mail, { parts }), server.endpoint, { workers: 2 });
    expect(measured.errors()).toEqual({});
    expect(mails.outOfOrder).toBe(0);
    // Each step has figures of its own, which take no longer together than the whole.
    const times = measured.parts.map(({ snapshot }) => snapshot.steady[timing.responseTime]);
    expect(times.map((one) => one?.count)).toEqual([30, 30, 30, 30]);
    const whole = measured.snapshot.steady[timing.responseTime]?.sum ?? 0;
    expect(times.reduce((sum, one) => sum + (one?.sum ?? 0), 0)).toBeLessThanOrEqual(whole);
    const bytes = measured.parts.map((part) => part.count("bytesSent"));
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBe(measured.count("bytesSent"));
    // Each has a number of its own, which all of its messages have.
    expect(new Set(mails.taken).size).toBe(30);
    expect(measured.count("sent")).toBe(30);
    expect(measured.count("received")).toBe(30);
    expect(measured.snapshot.steady[timing.responseTime]?.count).toBe(30);
    const length = (line: string) => line.length + 2;
    const sent = mails.taken
      .map((number) => length(`MAIL ${number}`) + length(`hello ${number}`))
      .reduce((sum, bytes) => sum + bytes, 0);
    expect(measured.count("bytesSent")).toBe(sent + 30 * (8 + 6 + 3));
    expect(measured.count("bytesReceived")).toBeGreaterThan(30 * 20);
  });

  it("take all of their time, with pauses, from the intended time", async () => {
    const mails = none();
    await using server = await mailServer(mails);
    const thinking = mail.map((one, index) => (index === 2 ? { ...one, thinkNs: 60e6 } : one));
    const measured = await runTraffic(
      workloadOf(thinking, { connections: 10, ...constantRate(100, 0.2e9) }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(mails.taken.length).toBe(20);
    expect(mails.outOfOrder).toBe(0);
    expect(measured.count("received")).toBe(20);
    expect(measured.snapshot.steady[timing.responseTime]?.min).toBeGreaterThanOrEqual(60e6);
  });

  it("that get a wrong reply fail, alone, and their connection is opened again", async () => {
    const mails = none();
    let recipients = 0;
    const refusal = "550 no such user, ".padEnd(100, "x");
    await using server = await mailServer(mails, (line) =>
      line.startsWith("RCPT") && ++recipients % 10 === 0 ? refusal : undefined,
    );
    const measured = await runTraffic(workloadOf(mail, { parts }), server.endpoint);
    expect(measured.errors()).toEqual({ STEP_rcpt_UNEXPECTED: 3 });
    expect(measured.snapshot.wrongReplies).toEqual([
      expect.objectContaining({
        code: "STEP_rcpt_UNEXPECTED",
        received: Uint8Array.from(Buffer.from(`${refusal}\r\n`)),
        receivedBytes: 102,
      }),
    ]);
    expect(measured.parts.map((part) => part.count("sent"))).toEqual([30, 30, 27, 27]);
    expect(measured.parts.map((part) => part.count("received"))).toEqual([30, 27, 27, 27]);
    expect(measured.parts[1]?.count("exchangesFailed")).toBe(3);
    expect(measured.parts[1]?.errors()).toEqual({ STEP_rcpt_UNEXPECTED: 3 });
    expect(mails.outOfOrder).toBe(0);
    expect(measured.count("sent")).toBe(30);
    expect(measured.count("received")).toBe(27);
    expect(measured.count("exchangesFailed")).toBe(3);
    expect(measured.count("corrupted")).toBe(3);
    expect(measured.count("reopenedUnexpected")).toBe(3);
    expect(mails.taken.length).toBe(27);
  });

  it("keep their connection where only the last reply is wrong", async () => {
    const mails = none();
    await using server = await mailServer(mails, (line) =>
      line === "." && mails.taken.length % 10 === 0 ? "554 refused" : undefined,
    );
    const measured = await runTraffic(workloadOf(mail, { connections: 1 }), server.endpoint);
    expect(measured.errors()).toEqual({ STEP_body_UNEXPECTED: 3 });
    expect(mails.outOfOrder).toBe(0);
    expect(measured.count("opened")).toBe(1);
    expect(measured.count("received")).toBe(27);
  });

  it("time out when one of their replies does not come, and only those", async () => {
    const mails = none();
    let datas = 0;
    await using server = await mailServer(mails, (line) =>
      line === "DATA" && ++datas === 5 ? null : undefined,
    );
    const measured = await runTraffic(
      workloadOf(mail, { timeoutNs: 0.4e9, parts }),
      server.endpoint,
    );
    const [, , data] = measured.parts;
    expect([data?.count("sent"), data?.count("received"), data?.count("timedOut")]).toEqual([
      30, 29, 1,
    ]);
    expect(measured.errors()).toEqual({ STEP_data_TIMEOUT: 1 });
    expect(mails.outOfOrder).toBe(0);
    expect(measured.count("timedOut")).toBe(1);
    expect(measured.count("received")).toBe(29);
    expect(measured.count("reopenedTimeout")).toBe(1);
    expect(measured.snapshot.steady[timing.responseTime]?.max).toBeGreaterThanOrEqual(0.4e9);
  });

  it("may take longer than `timeout`, which is for each reply", async () => {
    const slow = [0, 1, 2].map((index) => step(`A${index}\r\n`, "OK", { thinkNs: index * 150e6 }));
    await using server = await lineServer(() => "OK");
    const measured = await runTraffic(
      workloadOf(slow, { connections: 1, timeoutNs: 0.3e9 }, 2),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.snapshot.steady[timing.responseTime]?.min).toBeGreaterThanOrEqual(450e6);
  });

  it("fail at the step at which the target ends the connection", async () => {
    const mails = none();
    let ended = 0;
    await using server = await lineServer((line, socket) => {
      if (line.startsWith("RCPT") && ended++ === 0) {
        socket.end();
        return null;
      }
      if (line.startsWith("hello")) mails.taken.push(line);
      return line.startsWith("hello") ? null : line === "DATA" ? "354" : "250";
    });
    const measured = await runTraffic(workloadOf(mail), server.endpoint);
    expect(measured.errors()).toEqual({ STEP_rcpt_EOF: 1 });
    expect(measured.count("received")).toBe(29);
    expect(mails.taken.length).toBe(29);
  });

  it("never take what came before their message for its reply", async () => {
    await using server = await lineServer((line) => (line === "A" ? "OK\r\nOK" : "OK"));
    const two = [step("A\r\n", "OK"), step("B\r\n", "OK")];
    const measured = await runTraffic(workloadOf(two, { connections: 1 }, 4), server.endpoint);
    expect(measured.errors()).toEqual({ STEP_2_UNEXPECTED: 4 });
    expect(measured.count("received")).toBe(0);
  });

  it("are not answered by what is left over from the one before", async () => {
    await using server = await lineServer((line) => (line === "B" ? "OK\r\nNEWS" : "OK"));
    const two = [step("A\r\n", "OK"), step("B\r\n", "OK")];
    const measured = await runTraffic(workloadOf(two, { connections: 1 }, 4), server.endpoint);
    expect(measured.count("received")).toBe(4);
    expect(measured.errors()).toEqual({ UNSOLICITED: 4 });
    expect(measured.wrongReplies()).toEqual({ UNSOLICITED: "NEWS\r\n" });
    expect(measured.count("reopenedUnsolicited")).toBeGreaterThanOrEqual(3);
  });

  it("send on what a reply said, and messages without replies", async () => {
    const seen: string[] = [];
    let tickets = 0;
    await using server = await lineServer((line) => {
      seen.push(line);
      return line === "NEW" ? `ticket=${tickets++};` : line.startsWith("USE") ? "OK" : null;
    });
    const ticket = {
      name: "ticket",
      afterBase64: text("ticket=").base64,
      beforeBase64: text(";").base64,
      maxBytes: 8,
    };
    const steps = [
      step("NEW\r\n", "ticket", { capture: [ticket] }),
      step("NOTE {{ticket}}\r\n", null),
      step("USE {{ticket}}\r\n", "OK"),
      step("BYE {{ticket}}\r\n", null),
    ];
    const measured = await runTraffic(workloadOf(steps, { connections: 1 }, 5), server.endpoint);
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(5);
    const expected = [0, 1, 2, 3, 4].flatMap((n) => ["NEW", `NOTE ${n}`, `USE ${n}`, `BYE ${n}`]);
    expect(seen.slice(0, 19)).toEqual(expected.slice(0, 19));
  });
});

const ignoring = (prefix: string): UnsolicitedSpec => ({
  ignore: [{ kind: "prefix", base64: text(prefix).base64 }],
  answer: [
    { to: { kind: "prefix", base64: text("PING").base64 }, base64: text("PONG\r\n").base64 },
  ],
});

describe("messages that are no replies, beside exchanges of several", () => {
  const unsolicited = ignoring("NOTE");
  const changes = { parts, framing: framed, unsolicited };

  it("may come before, between and behind replies, cut anywhere, and disturb nothing", async () => {
    const mails = none();
    let pongs = 0;
    let written = 0;
    await using server = await mailServer(mails);
    // Stands between: each line of the server comes with others around it, in pieces of its own.
    await using talking = await tcpServer((socket) => {
      const inner = net.connect(server.endpoint.port, server.endpoint.address);
      socket.on("error", () => inner.destroy());
      inner.on("error", () => socket.destroy());
      socket.on("close", () => inner.destroy());
      let rest = "";
      socket.on("data", (chunk) => {
        const all = (rest + chunk.toString("latin1")).split("\r\n");
        rest = all.pop() ?? "";
        const said = all.filter((line) => line !== "PONG");
        pongs += all.length - said.length;
        if (said.length > 0) inner.write(said.map((line) => `${line}\r\n`).join(""));
      });
      let nth = 0;
      inner.on("data", (chunk) => {
        written++;
        const all = `NOTE a\r\nPING\r\n${chunk.toString("latin1")}NOTE b\r\n`;
        const cut = nth++ % all.length;
        socket.write(all.slice(0, cut));
        setImmediate(() => socket.write(all.slice(cut)));
      });
    });
    const measured = await runTraffic(workloadOf(mail, changes), talking.endpoint);
    expect(measured.errors()).toEqual({});
    expect(mails.outOfOrder).toBe(0);
    expect(new Set(mails.taken).size).toBe(30);
    expect(measured.count("received")).toBe(30);
    expect(measured.count("opened")).toBe(3);
    // Behind the last reply of each connection some may not have come.
    expect(written).toBe(120);
    expect(measured.count("ignored")).toBeGreaterThanOrEqual(3 * written - 3);
    expect(measured.count("answersSent")).toBe(written);
    expect(pongs).toBeGreaterThanOrEqual(written - 3);
  });

  it("come in pauses and on idle connections as well, over sessions too", async () => {
    const mails = none();
    await using server = await mailServer(mails, (line) => {
      const [word] = line.split(" ");
      return word === "RCPT" || word === "." ? `250 ok\r\nNOTE later` : undefined;
    });
    const paused = mail.map((one, i) => (i === 2 ? { ...one, thinkNs: 20e6 } : one));
    const measured = await runTraffic(
      workloadOf(paused, {
        ...changes,
        pattern: "session",
        totalConnections: 4,
        exchangesPerConnection: 2,
        load: { model: "closed", thinkNs: 20e6, exchanges: null },
      }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(8);
    expect(measured.count("ignored")).toBeGreaterThanOrEqual(12);
  });

  it("are all that is taken out: others fail the exchange that they come in, or are unsolicited", async () => {
    await using server = await mailServer(none(), (line) => {
      if (line.startsWith("RCPT 0")) return "250 ok\r\nWHAT";
      return undefined;
    });
    const measured = await runTraffic(
      workloadOf(mail, { ...changes, connections: 2 }, 6),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({ STEP_data_UNEXPECTED: expect.any(Number) });
    expect(measured.count("corrupted")).toBeGreaterThan(0);
    await using late = await mailServer(none(), (line) =>
      line === "." ? "250 ok\r\nWHAT" : undefined,
    );
    const behind = await runTraffic(workloadOf(mail, changes, 6), late.endpoint);
    expect(behind.errors()).toEqual({ UNSOLICITED: 6 });
    expect(behind.count("received")).toBe(6);
  });

  it("are found in what breaks the framing, which fails its exchange alone", async () => {
    await using server = await mailServer(none(), (line) =>
      line.startsWith("RCPT") ? `NOTE a\r\n${"x".repeat(1200)}` : undefined,
    );
    const measured = await runTraffic(workloadOf(mail, changes, 4), server.endpoint);
    expect(measured.errors()).toEqual({ STEP_rcpt_MALFORMED: 4 });
    expect(measured.count("ignored")).toBe(4);
  });

  it("may stand between replies that one message has", async () => {
    await using server = await lineServer((line, socket) => {
      if (line !== "LIST") return null;
      socket.write("100 first\r\nNOTE a\r\n200 sec");
      setTimeout(() => socket.write("ond\r\n"), 20);
      return null;
    });
    const list = [step("LIST\r\n", "100"), step(null, "200")];
    const measured = await runTraffic(
      workloadOf(list, { framing: framed, unsolicited }, 4),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(4);
    expect(measured.count("ignored")).toBe(4);
  });

  it("are datagrams over UDP", async () => {
    await using server = await udpServer((bytes, from, socket) => {
      for (const said of ["NOTE a", `250 ${bytes}`]) socket.send(said, from.port, from.address);
    });
    const datagrams = [step("A {{number}}", "250"), step("B {{number}}", "250")].map((one) => ({
      ...one,
      receive: { framing: null, expect: { kind: "prefix" as const, base64: text("250").base64 } },
    }));
    const measured = await runTraffic(
      workloadOf(datagrams, { protocol: "udp", unsolicited }, 6),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(6);
    expect(measured.count("ignored")).toBeGreaterThanOrEqual(11);
  });
});

describe("exchanges of several messages on connections that come and go", () => {
  it("are whole on each, and all counts agree", async () => {
    const mails = none();
    await using server = await mailServer(mails);
    const measured = await runTraffic(
      workloadOf(mail, {
        pattern: "churn",
        reconnect: false,
        exchangesPerConnection: 2,
        timeoutNs: 10e9,
        parts,
        ...constantRate(100, 0.2e9),
      }),
      server.endpoint,
      { workers: 2 },
    );
    expect(measured.parts.map((part) => part.count("received"))).toEqual([40, 40, 40, 40]);
    expect(measured.errors()).toEqual({});
    expect(mails.outOfOrder).toBe(0);
    expect(measured.count("opened")).toBe(20);
    expect(measured.count("received")).toBe(40);
    expect(mails.taken.length).toBe(40);
  });

  it("end their connection where one goes wrong or gets no reply", async () => {
    const mails = none();
    let recipients = 0;
    await using server = await mailServer(mails, (line) => {
      if (!line.startsWith("RCPT")) return undefined;
      recipients++;
      return recipients === 2 ? "550" : recipients === 4 ? null : undefined;
    });
    const measured = await runTraffic(
      workloadOf(mail, {
        pattern: "churn",
        connections: 1,
        reconnect: false,
        timeoutNs: 0.3e9,
        totalConnections: 6,
      }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({ STEP_rcpt_UNEXPECTED: 1, STEP_rcpt_TIMEOUT: 1 });
    expect(measured.count("sent")).toBe(6);
    expect(measured.count("received")).toBe(4);
    expect(measured.count("timedOut")).toBe(1);
    expect(measured.count("exchangesFailed")).toBe(1);
    expect(mails.outOfOrder).toBe(0);
  });
});

describe("sessions", () => {
  const visit = (changes: Partial<Workload>): Workload =>
    workloadOf([], {
      pattern: "session",
      message: text("PING\r\n"),
      framing: framed,
      expect: text("PONG\r\n"),
      reconnect: false,
      connections: 100,
      exchangesPerConnection: 3,
      thinkNs: 30e6,
      ...constantRate(100, 0.3e9),
      ...changes,
    });

  it("come at a rate, each with its exchanges and pauses; their time is all of it", async () => {
    await using server = await lineServer(() => "PONG");
    const measured = await runTraffic(
      visit({
        durationNs: null,
        load: { model: "closed", thinkNs: 0, exchanges: null },
        totalConnections: 200,
      }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("opened")).toBe(200);
    expect(measured.count("sent")).toBe(600);
    expect(measured.count("received")).toBe(600);
    expect(measured.count("offered")).toBe(600);
    expect(measured.snapshot.openPeak).toBeLessThanOrEqual(100);
    const sessions = measured.snapshot.steady[timing.sessionTime];
    expect(sessions?.count).toBe(200);
    expect(sessions?.min).toBeGreaterThanOrEqual(60e6);
    // An exchange has its own time, in which no pause is.
    expect(measured.snapshot.steady[timing.responseTime]?.count).toBe(600);
    expect(measured.snapshot.steady[timing.responseTime]?.min).toBeLessThan(sessions?.min ?? 0);
  });

  it("wait where all connections are in use, and the wait is in their time", async () => {
    await using server = await lineServer(() => "PONG");
    const measured = await runTraffic(
      visit({ connections: 1, thinkNs: 60e6, timeoutNs: 5e9, ...constantRate(30, 1e9) }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    // One at a time takes 120 ms or more, and they come every 33 ms: the second waits.
    const sessions = measured.snapshot.steady[timing.sessionTime];
    expect(sessions?.max).toBeGreaterThanOrEqual(200e6);
    expect(measured.snapshot.openPeak).toBe(1);
    expect(measured.snapshot.steady[timing.connectionWait]?.max).toBeGreaterThanOrEqual(80e6);
  });

  it("that are under way at the end are closed, and owe nothing", async () => {
    await using server = await lineServer(() => "PONG");
    const measured = await runTraffic(visit({ thinkNs: 10e9 }), server.endpoint);
    expect(measured.errors()).toEqual({});
    expect(measured.count("sent")).toBe(30);
    expect(measured.count("received")).toBe(30);
    expect(measured.count("unsent")).toBe(0);
    expect(measured.snapshot.steady[timing.sessionTime]?.count).toBe(0);
  });

  it("have exchanges of several messages as well", async () => {
    const mails = none();
    await using server = await mailServer(mails);
    const load = { model: "closed", thinkNs: 0, exchanges: null } as const;
    const measured = await runTraffic(
      visit({
        steps: mail,
        framing: null,
        expect: { kind: "any" },
        thinkNs: 5e6,
        durationNs: null,
        load,
        totalConnections: 100,
      }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(mails.outOfOrder).toBe(0);
    expect(mails.taken.length).toBe(300);
    expect(measured.snapshot.steady[timing.sessionTime]?.count).toBe(100);
  });
});

describe("exchanges of several messages over UDP", () => {
  const datagram = (send: string, expected: string, name: string): ExchangeStep => ({
    name,
    capture: [],
    thinkNs: 0,
    message: template(send),
    receive: { framing: null, expect: { kind: "prefix", base64: text(expected).base64 } },
  });
  const steps = [
    datagram("JOIN {{number}}", "WELCOME", "join"),
    datagram("MOVE {{number}}", "OK", "move"),
  ];

  it("take a datagram for each reply, and what comes twice for neither", async () => {
    await using server = await udpServer((bytes, from, socket) => {
      const isJoin = bytes.toString().startsWith("JOIN");
      for (let times = 0; times < 2; times++) {
        socket.send(isJoin ? "WELCOME" : "OK", from.port, from.address);
      }
    });
    const measured = await runTraffic(
      workloadOf(steps, { protocol: "udp", connections: 2 }, 20),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(20);
    expect(measured.count("duplicated")).toBeGreaterThan(20);
  });

  it("time out with a lost reply, and go on from another port", async () => {
    let moves = 0;
    const seen: string[] = [];
    await using server = await udpServer((bytes, from, socket) => {
      const line = bytes.toString();
      if (line.startsWith("MOVE") && ++moves === 3) return;
      seen.push(line);
      socket.send(line.startsWith("JOIN") ? "WELCOME" : "OK", from.port, from.address);
    });
    const measured = await runTraffic(
      workloadOf(steps, { protocol: "udp", connections: 1, timeoutNs: 0.3e9 }, 10),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({ STEP_move_TIMEOUT: 1 });
    expect(measured.count("received")).toBe(9);
    expect(measured.count("reopenedTimeout")).toBe(1);
  });
});
