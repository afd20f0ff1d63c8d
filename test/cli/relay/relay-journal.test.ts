import { describe, expect, test } from "vitest";
import { RelayJournal } from "../../../src/cli/relay/relay-journal.ts";
import { relayRequest } from "../../../src/cli/relay/relay-request.ts";
import { emptyStats } from "../../../src/relay/relay.ts";

function journal({ isJson = false, isQuiet = false, protocol = "tcp" } = {}) {
  const request = relayRequest({
    protocol,
    listen: ["127.0.0.1:0", "127.0.0.1:0"],
    to: ["127.0.0.1:9092", "127.0.0.1:9093"],
    from: ["127.0.0.2", "127.40.0.0/24"],
  });
  const printed: string[] = [];
  const noticed: string[] = [];
  let nowNs = 1e9;
  const events = new RelayJournal(request, {
    print: (line) => printed.push(line),
    notice: (line) => noticed.push(line),
    clock: () => nowNs,
    isJson,
    isQuiet,
  });
  const link = (number: number) => ({
    number,
    route: request.routes[0] as (typeof request.routes)[0],
    client: { address: "127.0.0.1", port: 50_000 },
    source: { address: "127.0.0.2", port: 50_000 },
    beganNs: 1e9,
    bytesToTarget: 2048,
    bytesToClient: 5,
  });
  return { events, printed, noticed, link, later: (ns: number) => (nowNs += ns) };
}

const endpoints = [
  { address: "127.0.0.1", port: 19_092 },
  { address: "127.0.0.1", port: 19_093 },
];

describe("RelayJournal", () => {
  test("prints what leads where, and the filters for all of it", () => {
    const { events, printed } = journal();
    events.listening(endpoints);
    expect(printed).toEqual([
      "relaying tcp 127.0.0.1:19092 to 127.0.0.1:9092 from 127.0.0.2",
      "relaying tcp 127.0.0.1:19093 to 127.0.0.1:9093 from 127.40.0.0-127.40.0.255",
      "Wireshark display filter: ip.addr == 127.0.0.2 || ip.addr == 127.40.0.0/24",
      "capture filter: host 127.0.0.2 or net 127.40.0.0/24",
    ]);
  });

  test("prints a line for a client's start and end, and who ended it", () => {
    const { events, printed, link } = journal();
    events.opened(link(1));
    events.closed(link(1), "client", null, 2.5e9);
    events.closed(link(1), "target", "ECONNRESET", 2.5e9);
    events.closed(link(1), "relay", "EFULL", 2.5e9);
    expect(printed).toEqual([
      "#1 127.0.0.1:50000 is 127.0.0.2:50000 to 127.0.0.1:9092",
      "#1 ended after 1.50 s: 2.00 KiB to the target, 5 B to the client",
      "#1 ended after 1.50 s by the target (ECONNRESET): 2.00 KiB to the target, 5 B to the client",
      "#1 ended after 1.50 s to make room for others: 2.00 KiB to the target, 5 B to the client",
    ]);
  });

  test("leaves out lines beyond a limit, and says how many; quiet, all of them", () => {
    const { events, printed, link } = journal();
    for (let number = 1; number <= 80; number++) events.opened(link(number));
    expect(printed).toHaveLength(50);
    events.flush();
    expect(printed.at(-1)).toBe("... and 30 more lines");
    const quiet = journal({ isQuiet: true });
    quiet.events.opened(link(1));
    quiet.events.closed(link(1), "client", null, 2e9);
    expect(quiet.printed).toEqual([]);
  });

  test("prints an error once a second, by its kind, and how often it occurred", () => {
    const { events, noticed, link, later } = journal();
    const { route, client } = link(1);
    for (let count = 0; count < 3; count++) events.failed(route, client, "ECONNREFUSED");
    events.failed(route, client, "EFULL");
    events.failed(route, client, "EADDRNOTAVAIL");
    events.failed(route, client, "EWHATEVER");
    expect(noticed).toEqual([
      "slash8: nothing listens on 127.0.0.1:9092 (ECONNREFUSED): reset the connection of 127.0.0.1:50000",
      "slash8: the relay has no room for more clients of 127.0.0.1:9092: reset the connection of 127.0.0.1:50000",
      "slash8: 127.0.0.2 has no free port towards 127.0.0.1:9092 (EADDRNOTAVAIL); add addresses to --from: reset the connection of 127.0.0.1:50000",
      "slash8: 127.0.0.1:9092 cannot be reached (EWHATEVER): reset the connection of 127.0.0.1:50000",
    ]);
    events.flush();
    expect(noticed.slice(4)).toEqual([
      "slash8: 2 more times: nothing listens on 127.0.0.1:9092 (ECONNREFUSED)",
    ]);
    later(1.5e9);
    events.failed(route, client, "ECONNREFUSED");
    expect(noticed).toHaveLength(6);
  });

  test("names flows and datagrams over UDP", () => {
    const { events, noticed, link } = journal({ protocol: "udp" });
    events.errored(link(1), "ECONNREFUSED");
    events.draining(1);
    events.cut(2);
    events.summary({ ...emptyStats(), opened: 3, unanswered: 1, sentToTarget: 1234 });
    expect(noticed).toEqual([
      "slash8: nothing listens on 127.0.0.1:9092 (ECONNREFUSED): datagrams of 127.0.0.1:50000 were dropped",
      "slash8: 1 flow still open: waiting 5.00 s at most; press Ctrl-C again to end them at once",
      "slash8: ended 2 flows that were still open",
      "relayed 3 flows, 1 without a reply, 0 failed; 1,234 datagrams (0 B) to targets, 0 (0 B) to clients, 0 dropped",
    ]);
  });

  test("as JSON, prints one object per line for everything, and leaves nothing out", () => {
    const { events, printed, noticed, link } = journal({ isJson: true });
    events.listening(endpoints);
    for (let number = 1; number <= 80; number++) events.opened(link(number));
    events.closed(link(1), "client", "ECONNRESET", 2.5e9);
    for (let count = 0; count < 3; count++) {
      events.failed(link(1).route, link(1).client, "ECONNREFUSED");
    }
    events.draining(1);
    events.cut(1);
    events.summary(emptyStats());
    expect(noticed).toEqual([]);
    const lines = printed.map((line) => JSON.parse(line));
    expect(lines[0]).toEqual({
      event: "listening",
      protocol: "tcp",
      listen: "127.0.0.1:19092",
      target: "127.0.0.1:9092",
      sources: "127.0.0.2",
    });
    expect(lines.slice(3).filter(({ event }) => event === "opened")).toHaveLength(80);
    expect(lines.slice(83)).toEqual([
      {
        event: "closed",
        link: 1,
        client: "127.0.0.1:50000",
        source: "127.0.0.2:50000",
        target: "127.0.0.1:9092",
        seconds: 1.5,
        bytesToTarget: 2048,
        bytesToClient: 5,
        endedBy: "client",
        code: "ECONNRESET",
      },
      ...[1, 2, 3].map(() => ({
        event: "failed",
        client: "127.0.0.1:50000",
        target: "127.0.0.1:9092",
        code: "ECONNREFUSED",
      })),
      { event: "draining", open: 1 },
      { event: "cut", open: 1 },
      { event: "summary", ...emptyStats() },
    ]);
  });
});
