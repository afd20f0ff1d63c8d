import { describe, expect, it } from "vitest";
import { slowText } from "../../src/scenario/slow.ts";
import { marked, problemsOf, withWorkload, workloadOf } from "./samples.ts";

const echo = "target: echo\npattern: request\nduration: 5s\n";
const hold = "target: echo\npattern: hold\nconnections: 5\nduration: 1s\n";

describe("slow clients", () => {
  it("read and write at byte rates, and stall", () => {
    expect(workloadOf(`${echo}read: 10KiB/s\nwrite: 1KiB/s\nstall: 2s`).slow).toEqual({
      readBytesPerSecond: 10_240,
      writeBytesPerSecond: 1024,
      stallNs: 2e9,
    });
    expect(workloadOf(`${echo}stall: 100ms`).slow).toEqual({
      readBytesPerSecond: null,
      writeBytesPerSecond: null,
      stallNs: 0.1e9,
    });
    expect(workloadOf(echo).slow).toBeNull();
  });

  it("may hold connections and not read, and be slow in what they send when they open", () => {
    expect(workloadOf(`${hold}read: 1B/m`).slow?.readBytesPerSecond).toBeCloseTo(1 / 60);
    expect(workloadOf(`${hold}verify: true\nstall: 1s`).slow?.stallNs).toBe(1e9);
    const steps = "open: [{ send: hello, expect: hello }]\n";
    expect(workloadOf(`${hold}${steps}write: 100B/s`).slow?.writeBytesPerSecond).toBe(100);
    const login =
      "target: tcp://127.0.0.1:9\npattern: hold\nconnections: 5\nduration: 1s\nprotocol: resp\n";
    expect(workloadOf(`${login}write: 10B/s`).slow?.writeBytesPerSecond).toBe(10);
    const answers =
      "unsolicited: { answer: [{ to: { prefix: PING }, send: PONG }] }\nframing: { fixed: 4 }\n";
    expect(workloadOf(`${hold}${answers}write: 10B/s`).slow?.writeBytesPerSecond).toBe(10);
  });

  it("may write slowly and stall with TLS", () => {
    const secure = `target: tcp://127.0.0.1:443\npattern: stream\nduration: 1s\nmessage: x\ntls: true\n`;
    expect(workloadOf(`${secure}write: 1B/s\nstall: 1s`).slow?.stallNs).toBe(1e9);
  });

  it("are slow enough for any rate that their connections can send", () => {
    const of64 = `${echo}message: { size: 64 }\ntimeout: 30s\n`;
    const most = workloadOf(`${of64}connections: 100\nrate: 10/s\nwrite: 6.4B/s`);
    expect(most.slow?.writeBytesPerSecond).toBe(6.4);
  });

  it("have a text", () => {
    const nothing = { readBytesPerSecond: null, writeBytesPerSecond: null, stallNs: 0 };
    expect(slowText({ ...nothing, writeBytesPerSecond: 0.5 })).toBe("send at most 30 B/m");
    expect(slowText({ ...nothing, readBytesPerSecond: 1024, stallNs: 1e9 })).toBe(
      "read at most 1.00 KiB/s, stall for 1.00 s in the middle of each message",
    );
  });
});

const toUdp = "slow clients are for TCP: over UDP each datagram leaves whole";
const over = `${echo}message: { size: 64 }\n`;

it.each([
  [`${echo}read: §100/s`, 'write "100B/s"'],
  [`${echo}write: §1KiB`, 'write "1KiB/s"'],
  [`${echo}read: §2GiB/s`, "must be 1B/m to 1GiB/s"],
  [`${echo}read: §0B/s`, "must be 1B/m to 1GiB/s"],
  [`${echo}stall: §0`, "must be more than 0"],
  [`target: uecho\npattern: request\nduration: 5s\n§read: 1B/s`, toUdp],
  [`target: uecho\npattern: request\nduration: 5s\n§write: 1B/s`, toUdp],
  [`target: usink\npattern: stream\nduration: 5s\n§stall: 1s`, toUdp],
  [
    `target: tcp://127.0.0.1:443\npattern: hold\nconnections: 1\ntls: true\n§read: 1B/s`,
    "read is for connections without TLS",
  ],
  [`${hold}§write: 1B/s`, "write: this hold sends no messages; add verify: true or keepAlive"],
  [
    "target: echo\npattern: churn\nduration: 5s\nexchangesPerConnection: 0\n§stall: 1s",
    "stall: this churn sends no messages; exchangesPerConnection is 0",
  ],
  [
    `${over}write: §10B/s`,
    "a message of 64 B at 10 B/s takes 6.40 s to send, and an exchange times out after 5.00 s: raise timeout above that",
  ],
  [
    `${echo}message: "PING {{sequence}}"\nframing: { fixed: 9 }\nstall: §5s`,
    "a message with a stall of 5.00 s takes 5.00 s to send, and an exchange times out after 5.00 s",
  ],
  [
    `${over}timeout: 30s\nconnections: 20\nrate: §50/s\nwrite: 64B/s\nstall: 1s`,
    "50/s cannot be sent: a message of 64 B at 64 B/s and with a stall of 1.00 s takes 2.00 s to send, so that 20 connections send 10/s at most; raise connections to 100 or more, or lower the rate",
  ],
  [
    "target: echo\npattern: churn\nconnections: 10\nexchangesPerConnection: 5\nstages: §[{ duration: 5s, rate: 8/s }]\nstall: 1s",
    "8/s cannot be sent: a connection's messages of 64 B with a stall of 1.00 s takes 5.00 s to send, so that 10 connections send 2/s at most; raise connections to 40",
  ],
])("%s is refused, with what would do", (lines, message) => {
  const { source, line, column } = marked(withWorkload(lines));
  const problems = problemsOf(source);
  expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
  expect(problems[0]).toMatchObject({ line, column });
});
