import { expect, test } from "vitest";
import { renderProbe } from "../../../src/cli/probe/probe-text.ts";
import type { AnswerReport } from "../../../src/probe/report.ts";

const echoed: AnswerReport = {
  outcome: "answered",
  from: "127.0.0.1:7",
  roundTripNs: 85e3,
  replyBytes: 64,
  reply: "echo",
  code: null,
};
const silent: AnswerReport = {
  ...echoed,
  outcome: "silent",
  from: null,
  roundTripNs: null,
  replyBytes: null,
  reply: null,
};

test("a faulty server: the verdict, why, and the table", () => {
  const text = renderProbe(
    {
      target: "127.0.0.1:7",
      io: "node",
      requestBytes: 64,
      timeoutNs: 300e6,
      echoes: true,
      destinations: [
        { destination: "127.0.0.1:7", unconnected: echoed, connected: echoed },
        {
          destination: "127.0.0.77:7",
          unconnected: { ...echoed, outcome: "wrongSource" },
          connected: silent,
        },
      ],
      sizes: [
        { bytes: 2049, answer: { ...echoed, reply: "cut", replyBytes: 2048 } },
        { bytes: 65_508, answer: { ...silent, outcome: "failed", code: "EMSGSIZE" } },
      ],
      burst: { sent: 64, replies: 63, wrongReplies: 1 },
      closedPort: {
        destination: "127.0.0.1:9",
        unconnected: silent,
        receiveErrors: { ...silent, outcome: "refused", code: "ECONNREFUSED" },
        connected: { ...silent, outcome: "refused", code: "ECONNREFUSED" },
      },
      afterwards: { ...echoed, reply: "other", replyBytes: 5 },
      findings: [
        { level: "fault", check: "source", message: "from elsewhere" },
        { level: "note", check: "burst", message: "one is missing" },
      ],
      verdict: "faulty",
    },
    false,
  );
  expect(text.split("\n")).toEqual([
    "FAULTY  udp://127.0.0.1:7: 1 fault",
    "  ✗ from elsewhere",
    "  - one is missing",
    "",
    "destination   unconnected              connected",
    "127.0.0.1:7   echoed, 85.0 us          echoed, 85.0 us",
    "127.0.0.77:7  echoed from 127.0.0.1:7  silence",
    "",
    "2,049 B      echoed, cut to 2,048 B, 85.0 us",
    "65,508 B     EMSGSIZE                         too long for a datagram: never sent",
    "burst of 64  63 replies, 1 from elsewhere",
    "closed port  unconnected: silence",
    "             with IP_RECVERR: ECONNREFUSED",
    "             connected: ECONNREFUSED",
    "afterwards   answered, 5 B, 85.0 us",
  ]);
});
