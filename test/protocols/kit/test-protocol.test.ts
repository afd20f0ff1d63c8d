import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { type ProtocolTest, testProtocol } from "../../../src/protocols/kit/test-protocol.ts";
import {
  defineProtocol,
  incomplete,
  kind,
  opened,
  type Protocol,
  type ProtocolSession,
} from "../../../src/protocols/protocol.ts";
import { tcpServer, udpServer } from "../../support/raw-servers.ts";

const newline = 0x0a;
const encoder = new TextEncoder();

/** Lines: "SAY n payload" -> "SAID n"; what a test is about is laid over it. */
function lines(changes: (session: ProtocolSession, slots: number) => Partial<ProtocolSession>) {
  return defineProtocol({
    about: "lines",
    over: ["tcp", "udp"],
    options: {},
    message: { about: "what is said", default: "hello" },
    create({ slots }) {
      const session: ProtocolSession = {
        maxBytes: (payloadBytes) => payloadBytes + 32,
        write(into, at, _slot, sequence, payload, start, end) {
          const head = encoder.encode(`SAY ${sequence} `);
          into.set(head, at);
          into.set(payload.subarray(start, end), at + head.length);
          into[at + head.length + end - start] = newline;
          return head.length + end - start + 1;
        },
        scan(_slot, bytes, start, end) {
          for (let at = start; at < end; at++) if (bytes[at] === newline) return at + 1;
          return incomplete;
        },
        reset() {},
      };
      return { ...session, ...changes(session, slots) };
    },
  });
}

const servers: AsyncDisposable[] = [];
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

async function against(answer: (line: string) => string) {
  const server = await tcpServer((socket) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const parts = text.split("\n");
      text = parts.pop() ?? "";
      for (const part of parts) socket.write(answer(part));
    });
  });
  servers.push(server);
  return { ...server.endpoint, transport: "tcp" } as const;
}

const said = (line: string) => `SAID ${line.split(" ")[1]}\n`;
const problemsOf = async (protocol: Protocol, test: ProtocolTest = {}) =>
  (await testProtocol(protocol, test)).problems;

describe("a protocol alone", () => {
  it("that is right has no problems", async () => {
    expect(await problemsOf(lines(() => ({})))).toEqual([]);
  });

  it.each([
    ["that is none", 5 as unknown as Protocol, "it exports 5 by default, and not a protocol"],
    [
      "without a transport",
      { ...lines(() => ({})), over: [] } as Protocol,
      'no over: what it runs over, ["tcp"], ["udp"] or both',
    ],
    [
      "with an option of no known type",
      {
        ...lines(() => ({})),
        options: { a: { type: "float", about: "x" } },
      } as unknown as Protocol,
      'an option a of type "float"; known: text, boolean, integer, choice, list',
    ],
    [
      "with an option that must be given",
      { ...lines(() => ({})), options: { a: { type: "text", about: "who it is" } } } as Protocol,
      "option a is missing: who it is",
    ],
    [
      "that says that it wrote more than maxBytes",
      lines(() => ({ write: (into) => into.length + 1 })),
      "the length of the message, at most maxBytes (37)",
    ],
    [
      "whose opening throws when it begins",
      lines(() => ({
        opening: {
          maxBytes: 8,
          begin: () => {
            throw new Error("no such room");
          },
          received: () => opened,
        },
      })),
      "opening.begin threw Error: no such room",
    ],
    [
      "whose opening says that it wrote more than maxBytes",
      lines(() => ({ opening: { maxBytes: 8, begin: () => 9, received: () => opened } })),
      "opening.begin returned 9",
    ],
    ["whose sessions have no scan", lines(() => ({ scan: undefined as never })), "has no scan("],
    [
      "whose sessions have no reset",
      lines(() => ({ reset: 1 as never })),
      "1 for reset, and not a",
    ],
    [
      "that writes without maxBytes",
      lines(() => ({ maxBytes: undefined as never })),
      "one of write and maxBytes, which go together",
    ],
    ...(
      [
        [{ write: 1 }, "a keepAlive without write()"],
        [{ everyMs: 0 }, "a keepAlive whose everyMs is 0: give at least 1"],
        [{ maxBytes: 0 }, "keepAlive, and no maxBytes from 1 to 65536"],
        [{}, "keepAlive, and no classify, which tells its answers from replies"],
      ] as const
    ).map(([changes, problem]): [string, Protocol, string] => [
      `that keeps alive as it cannot: ${problem}`,
      lines(() => ({
        keepAlive: { everyMs: 5, maxBytes: 2, write: () => 0, ...changes } as never,
      })),
      problem,
    ]),
    [
      "that writes more than maxBytes",
      lines(() => ({ maxBytes: () => 3 })),
      "protocol under test: write threw RangeError: offset is out of bounds",
    ],
    [
      "that does not write the same twice",
      lines(() => {
        let calls = 0;
        return {
          write(into, at) {
            into[at] = ++calls & 0xff;
            return 1;
          },
        };
      }),
      "write gives other bytes for the same request",
    ],
    [
      "that writes elsewhere",
      lines(() => ({
        write(into, at) {
          into[at + 1] = into[0] = 1;
          return 1;
        },
      })),
      "write touches bytes outside",
    ],
    [
      "whose create throws",
      {
        ...lines(() => ({})),
        create() {
          throw new TypeError("on purpose");
        },
      },
      "create threw TypeError: on purpose",
    ],
  ] as const)("%s is found out", async (_, protocol, message) => {
    expect((await problemsOf(protocol as Protocol)).join("\n")).toContain(message);
  });
});

describe("a protocol against a server", () => {
  it("says what its opening waited for", async () => {
    const opening = { maxBytes: 1, begin: () => 0, received: () => opened, awaits: () => "HELLO" };
    const test = { against: await against(() => ""), timeoutMs: 1 };
    expect(
      await problemsOf(
        lines(() => ({ opening })),
        test,
      ),
    ).toEqual(["opening: nothing came within 1 ms; it waited for HELLO"]);
  });

  it("makes exchanges, and is shown the conversation", async () => {
    const protocol = lines(() => ({
      classify: (_slot, bytes, start) => (bytes[start] === 80 ? kind.ignore : kind.reply),
      answerBytes: 5,
      answer(_slot, _bytes, _start, _end, into, at) {
        into.set(encoder.encode("PONG\n"), at);
        return 5;
      },
      opening: {
        maxBytes: 16,
        begin(_slot, into, at) {
          into.set(encoder.encode("HELLO\n"), at);
          return 6;
        },
        received: () => opened,
      },
    }));
    const server = await against((line) => {
      if (line === "PONG") return "";
      return line === "HELLO" ? "WELCOME\n" : `PING\n${said(line)}`;
    });
    const { problems, messages } = await testProtocol(protocol, { against: server, exchanges: 2 });
    expect(problems).toEqual([]);
    expect(messages.map(({ from, kind }) => `${from} ${kind}`)).toEqual([
      "client opening",
      "server opening",
      "client request",
      ...["server ignore", "client answer", "server reply"],
      "client request",
      ...["server ignore", "client answer", "server reply"],
    ]);
    expect(Buffer.from(messages.at(-1)?.bytes ?? []).toString()).toBe("SAID 1\n");
  });

  it.each([
    [
      "depends on where the stream is cut",
      () => ({
        scan: (_slot, _bytes, _start, end) => end,
      }),
      "in chunks of 1 byte: message 1 is",
    ],
    [
      "looks beyond the end of a chunk",
      () => ({
        scan(_slot, bytes, start, end) {
          const found = bytes.indexOf(newline, start);
          return found < 0 ? incomplete : Math.min(found + 1, end);
        },
      }),
      "in chunks of 1 byte: message 1 is",
    ],
    [
      "forgets to reset",
      (_session, slots) => {
        const taken = new Uint32Array(slots);
        return {
          // Lines have 7 bytes here.
          scan(slot, _bytes, start, end) {
            const missing = 7 - (taken[slot] as number);
            if (end - start < missing) {
              taken[slot] = (taken[slot] as number) + end - start;
              return incomplete;
            }
            taken[slot] = 0;
            return start + missing;
          },
        };
      },
      "after reset, on a slot whose connection ended amid a message: message 1 is",
    ],
    [
      "has one state for all slots",
      () => {
        let taken = 0;
        return {
          scan(_slot, _bytes, start, end) {
            const missing = 7 - taken;
            if (end - start < missing) {
              taken += end - start;
              return incomplete;
            }
            taken = 0;
            return start + missing;
          },
          reset() {
            taken = 0;
          },
        };
      },
      "on the first of two slots whose bytes come in turns",
    ],
  ] as const satisfies readonly (readonly [string, Parameters<typeof lines>[0], string])[])(
    "that %s is found out",
    async (_, changes, message) => {
      const problems = await problemsOf(lines(changes), {
        against: await against(said),
        exchanges: 3,
      });
      expect(problems.join("\n")).toContain(message);
    },
  );

  it("says what did not come, and what ended", async () => {
    const silent = await against(() => "");
    const protocol = lines(() => ({}));
    expect(await problemsOf(protocol, { against: silent, timeoutMs: 50 })).toEqual([
      "reply to request 1 of 5: nothing came within 50 ms",
    ]);
    expect(await problemsOf(protocol, { against: silent, oneWay: true })).toEqual([]);
    const gone = { address: "127.0.0.1", port: 1, transport: "tcp" } as const;
    expect(await problemsOf(protocol, { against: gone })).toEqual([
      "no connection to 127.0.0.1:1: ECONNREFUSED",
    ]);
  });

  it("says where there are more replies than requests", async () => {
    const twice = await against((line) => said(line).repeat(2));
    const protocol = lines(() => ({}));
    expect(await problemsOf(protocol, { against: twice, exchanges: 2 })).toEqual([
      expect.stringMatching(/^2 requests had 4 replies: does the server repeat them/),
    ]);
    const pushed = lines(() => ({ classify: () => kind.push }));
    expect(await problemsOf(pushed, { against: twice, exchanges: 2, oneWay: true })).toEqual([]);
  });

  it("speaks over UDP, too", async () => {
    const server = await udpServer((bytes, from, socket) => {
      socket.send(said(bytes.toString()), from.port, from.address);
    });
    servers.push(server);
    const where = { ...server.endpoint, transport: "udp" } as const;
    expect(
      await problemsOf(
        lines(() => ({})),
        { against: where },
      ),
    ).toEqual([]);
  });
});

it("what tests import is what the package exports", async () => {
  const { exports } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  expect(exports["./protocol"].default).toBe("./dist/protocols/define.js");
  const exported = await import("../../../src/protocols/define.ts");
  expect(Object.keys(exported).sort()).toEqual([
    "ConnectionText",
    "IdNumbers",
    "SizedMessages",
    "UserError",
    "copyBytes",
    "createRandom",
    "decimalDigits",
    "defineProtocol",
    "equalBytes",
    "incomplete",
    "kind",
    "malformed",
    "maxDecimalBytes",
    "mix",
    "opened",
    "readUint16",
    "readUint32",
    "refused",
    "testProtocol",
    "writeBytes",
    "writeDecimal",
    "writeLineEnd",
    "writeMessage",
    "writeUint16",
    "writeUint32",
  ]);
});
