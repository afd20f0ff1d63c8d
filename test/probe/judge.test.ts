import { expect, test } from "vitest";
import { judge } from "../../src/probe/judge.ts";
import type { AnswerReport, ProbeReport } from "../../src/probe/report.ts";

const answered: AnswerReport = {
  outcome: "answered",
  from: "127.0.0.1:7000",
  roundTripNs: 1e5,
  replyBytes: 64,
  reply: "echo",
  code: null,
};
const silent: AnswerReport = {
  outcome: "silent",
  from: null,
  roundTripNs: null,
  replyBytes: null,
  reply: null,
  code: null,
};
const refused: AnswerReport = { ...silent, outcome: "refused", code: "ECONNREFUSED" };
const wrongSource: AnswerReport = { ...answered, outcome: "wrongSource" };

const right: Omit<ProbeReport, "findings" | "verdict"> = {
  target: "127.0.0.1:7000",
  io: "node",
  requestBytes: 64,
  timeoutNs: 300e6,
  echoes: true,
  destinations: [
    { destination: "127.0.0.1:7000", unconnected: answered, connected: answered },
    { destination: "127.0.0.77:7000", unconnected: silent, connected: refused },
  ],
  sizes: [
    { bytes: 0, answer: { ...answered, replyBytes: 0 } },
    { bytes: 65_508, answer: { ...silent, outcome: "failed", code: "EMSGSIZE" } },
  ],
  burst: { sent: 64, replies: 64, wrongReplies: 0 },
  closedPort: {
    destination: "127.0.0.1:9",
    unconnected: silent,
    receiveErrors: null,
    connected: refused,
  },
  afterwards: answered,
};

type Changes = Partial<typeof right>;

function findingsOf(changes: Changes) {
  return judge({ ...right, ...changes }).findings.map(
    ({ level, check, message }) => `${level} ${check}: ${message}`,
  );
}

test("a server that answers where it listens is right, even if other addresses refuse", () => {
  expect(judge(right)).toEqual({ findings: [], verdict: "right" });
});

test("a reply from another address is a fault, with both addresses", () => {
  const changes: Changes = {
    destinations: [
      { destination: "127.0.0.1:7000", unconnected: answered, connected: answered },
      { destination: "127.0.0.77:7000", unconnected: wrongSource, connected: silent },
      { destination: "127.1.2.3:7000", unconnected: wrongSource, connected: silent },
    ],
  };
  expect(findingsOf(changes)).toEqual([
    expect.stringMatching(
      /^fault source: the request went to 127\.0\.0\.77:7000, the reply came from 127\.0\.0\.1:7000 \(as with 2 of the 3 /,
    ),
  ]);
  expect(judge({ ...right, ...changes }).verdict).toBe("faulty");
});

test.each<[string, AnswerReport, AnswerReport, RegExp]>([
  ["refused", silent, refused, /^fault answer: nothing listens at 127\.0\.0\.1:7000: ECONNREFUSED/],
  [
    "silent",
    silent,
    silent,
    /^fault answer: .* did not answer a datagram of 64 bytes .* 300 ms; .*--payload/,
  ],
  [
    "failed",
    { ...silent, outcome: "failed", code: "EADDRNOTAVAIL" },
    silent,
    /^fault answer: 127\.0\.0\.1:7000 cannot be probed from here: EADDRNOTAVAIL/,
  ],
])("a target that is %s is a fault", (_, unconnected, connected, message) => {
  const findings = findingsOf({
    destinations: [{ destination: "127.0.0.1:7000", unconnected, connected }],
    echoes: null,
    sizes: [],
    burst: null,
    afterwards: null,
  });
  expect(findings).toEqual([expect.stringMatching(message)]);
});

test.each<[number, AnswerReport, RegExp]>([
  [2049, { ...answered, reply: "cut", replyBytes: 2048 }, /2,049 bytes came back cut to 2,048/],
  [1, { ...answered, reply: "other", replyBytes: 3 }, /1 bytes came back as 3 other bytes/],
  [0, silent, /an empty datagram was not echoed/],
  [0, refused, /an empty datagram was answered with ECONNREFUSED/],
])("an echo that treats %d bytes otherwise is a fault", (bytes, answer, message) => {
  const findings = findingsOf({ sizes: [{ bytes, answer }] });
  expect(findings).toEqual([expect.stringMatching(/^fault size: /)]);
  expect(findings[0]).toMatch(message);
  expect(findingsOf({ sizes: [{ bytes, answer }], echoes: false })).toEqual([]);
});

test("a burst may lose replies, but must not duplicate them", () => {
  const lossy = findingsOf({ burst: { sent: 64, replies: 60, wrongReplies: 0 } });
  expect(lossy).toEqual([expect.stringMatching(/^note burst: 60 replies to 64 datagrams/)]);
  const twice = findingsOf({ burst: { sent: 64, replies: 65, wrongReplies: 0 } });
  expect(twice).toEqual([expect.stringMatching(/^fault burst: .* more than once/)]);
});

test("a server that stopped answering is a fault", () => {
  const findings = findingsOf({ afterwards: silent });
  expect(findings).toEqual([
    expect.stringMatching(/^fault afterwards: .* answered at first, but no longer does/),
  ]);
});

test("a silent closed port gives a note, as does a reply that one kind of socket missed", () => {
  const closedPort = {
    destination: "127.0.0.1:9",
    unconnected: silent,
    receiveErrors: null,
    connected: silent,
  };
  expect(findingsOf({ closedPort })).toEqual([expect.stringMatching(/^note closedPort: /)]);
  const destinations = [
    { destination: "127.0.0.1:7000", unconnected: answered, connected: silent },
  ];
  expect(findingsOf({ destinations })).toEqual([expect.stringMatching(/^note source: /)]);
});
