/** A protocol of lines for the tests, as the text of a module; and a server of it. */
import { writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Workload } from "../../../src/scenario/scenario.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { makeWorkload } from "../../support/traffic.ts";

/**
 * HELLO name -> "OK n" or "NO reason"; GET sequence payload -> "= sequence payload" or "- CODE"; "! news" is pushed;
 * "PING n" is answered with "PONG n".
 */
export const lineProtocol = `
const text = (bytes, start, end) => Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
const put = (into, at, line) => Buffer.from(into.buffer, into.byteOffset).write(line, at, "latin1");
export default {
  about: "lines for tests",
  over: ["tcp", "udp"],
  options: {
    name: { type: "text", about: "who greets", default: "me" },
    matches: { type: "boolean", about: "whether replies say what they answer", default: false },
    opens: { type: "boolean", about: "whether it greets", default: true },
  },
  message: { about: "what is got", default: "x" },
  create({ options, slots }) {
    const codes = new Array(slots).fill("NONE");
    const connections = new Float64Array(slots);
    const statuses = new Uint16Array(slots);
    return {
      maxBytes: (payloadBytes) => 30 + payloadBytes,
      write(into, at, slot, sequence, payload, start, end) {
        const head = "GET " + sequence + " ";
        put(into, at, head);
        into.set(payload.subarray(start, end), at + head.length);
        into[at + head.length + end - start] = 10;
        return head.length + end - start + 1;
      },
      scan(slot, bytes, start, end) {
        const found = bytes.indexOf(10, start);
        return found < 0 || found >= end ? -1 : found + 1;
      },
      classify(slot, bytes, start, end) {
        const line = text(bytes, start, end);
        if (line.startsWith("!")) return 2;
        if (line.startsWith("PING")) return 3;
        statuses[slot] = line.startsWith("=") ? 200 : 500;
        if (line.startsWith("=")) return 0;
        codes[slot] = "LINE_" + line.slice(2).trim();
        return 1;
      },
      errorCode: (slot) => codes[slot],
      status: (slot) => statuses[slot],
      answer(slot, bytes, start, end, into, at) {
        const line = text(bytes, start, end);
        return line.startsWith("PING") ? put(into, at, line.replace("PING", "PONG")) : 0;
      },
      answerBytes: 64,
      ...(options.matches && {
        match(slot, bytes, start, end, next) {
          const found = /^[=] (\\d+)/.exec(text(bytes, start, end));
          return found === null || Number(found[1]) >= next ? -1 : Number(found[1]);
        },
      }),
      ...(options.opens && {
        opening: {
          maxBytes: 200,
          begin: (slot, into, at) => put(into, at, "HELLO " + options.name + " " + connections[slot] + "\\n"),
          awaits: () => "OK",
          received(slot, bytes, start, end, into, at) {
            const line = text(bytes, start, end).trim();
            if (line === "WELCOME") return 0;
            if (line === "AGAIN") return put(into, at, "HELLO again\\n");
            if (line.startsWith("OK")) return -1;
            codes[slot] = "LINE_" + line.slice(3);
            return -2;
          },
        },
      }),
      reset(slot, connection) { connections[slot] = connection; },
    };
  },
};
`;

/** Writes a module into a folder of its own. @returns its path */
export function writeModule(text: string, name = "line.mjs"): string {
  const path = join(makeTempDir(), name);
  writeFileSync(path, text);
  return path;
}

/** A workload that speaks what a module says. */
export function speaking(
  path: string,
  options: Readonly<Record<string, string | boolean>>,
  changes: Partial<Workload>,
): Workload {
  const all = { name: "me", matches: false, opens: true, ...options };
  return makeWorkload({
    applicationProtocol: { name: "./line.mjs", path, options: all, secrets: [] },
    framing: null,
    expect: { kind: "any" },
    message: { kind: "template", text: "item {{sequence}}" },
    ...changes,
  });
}

/** What a server of the lines does with those that come; what it returns is sent at once. */
export function lineServer(serve: (line: string, socket: Socket) => string | null) {
  return (socket: Socket) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const answer = serve(line, socket);
        if (answer !== null) socket.write(answer);
      }
    });
  };
}

/** What it says to a request. */
export function replyTo(line: string): string {
  const [, sequence = "", payload = ""] = /^GET (\d+) (.*)$/.exec(line) ?? [];
  return `= ${sequence} ${payload}\n`;
}
