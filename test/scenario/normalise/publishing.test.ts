import { describe, expect, it } from "vitest";
import { marked, parse, problemsOf } from "../samples.ts";

const subscribers = "subs: { target: bus, pattern: subscribe, connections: 10 }";
const publisher =
  'pub: { target: bus, pattern: stream, message: "P {{stamp}}\\n", rate: 10/s, duration: 1s, publishes: subs }';

const scenario = (...workloads: readonly string[]) => `version: 1
name: sample
servers:
  bus: { listen: 127.0.0.1:7003 }
workloads:
${workloads.map((one) => `  ${one}`).join("\n")}
`;

describe("workloads that publish", () => {
  it("name the subscribers that receive their messages", () => {
    const [subs, pub] = parse(scenario(subscribers, publisher)).workloads;
    expect(pub?.publishes).toEqual(["subs"]);
    expect(subs).toMatchObject({
      pattern: "subscribe",
      publishes: [],
      framing: null,
      durationNs: null,
    });
    const other = subscribers.replace("subs", "more");
    const both = publisher.replace("publishes: subs", "publishes: [subs, more, subs]");
    expect(parse(scenario(subscribers, other, both)).workloads[2]?.publishes).toEqual([
      "subs",
      "more",
    ]);
  });

  it.each([
    "{ size: 32 }",
    "{ size: { uniform: [32, 64] } }",
    '{ text: "{{b}}", parts: { b: "{{stamp}}" } }',
  ])("may send %s", (message) => {
    const given = publisher.replace('"P {{stamp}}\\n"', message);
    expect(() => parse(scenario(subscribers, given))).not.toThrow();
  });

  it("give their subscribers the time of their warm-up", () => {
    const warm = publisher.replace("duration", "warmUp: 3s, duration");
    const late = `late: ${publisher.slice(5).replace("duration", "startTime: 2s, warmUp: 4s, duration")}`;
    const warmUpOf = (...all: readonly string[]) => parse(scenario(...all)).workloads[0]?.warmUpNs;
    expect(warmUpOf(subscribers, warm)).toBe(3e9);
    expect(warmUpOf(subscribers, late)).toBe(6e9);
    expect(warmUpOf(subscribers, late, warm)).toBe(3e9);
    expect(warmUpOf(subscribers.replace("connections", "warmUp: 1s, connections"), warm)).toBe(1e9);
    expect(warmUpOf(subscribers.replace("connections", "startTime: 5s, connections"), warm)).toBe(
      0,
    );
  });

  it.each([
    [
      [
        "§subs: { target: bus, pattern: subscribe, connections: 10 }",
        publisher.replace("publishes: subs", "open: [{ send: A, receive: none }]"),
      ],
      "nobody publishes to subs",
    ],
    [
      [subscribers, publisher.replace("publishes: subs", "publishes: [subs, §subz]")],
      'there is no workload "subz"; did you mean "subs"?',
    ],
    [
      [publisher.replace("publishes: subs", "publishes: §nobody")],
      "the scenario has none of pattern subscribe",
    ],
    [
      [
        subscribers,
        publisher,
        'idle: { target: bus, pattern: stream, message: "{{stamp}}\\n", rate: 1/s, duration: 1s, publishes: §pub }',
      ],
      "workload pub is of pattern stream and does not receive",
    ],
    [
      [
        subscribers,
        publisher.replace("publishes", "§publishes").replace("{{stamp}}", "{{sequence}}"),
      ],
      "{ size: 32 } or more, or a text with {{stamp}}",
    ],
    [
      [
        subscribers,
        publisher.replace("publishes", "§publishes").replace('"P {{stamp}}\\n"', "{ size: 31 }"),
      ],
      "subscribers know by its stamp who sent a message and when",
    ],
    [
      ["§subs: { target: bus, pattern: subscribe }", publisher],
      "connections is missing: how many to hold",
    ],
    [
      [subscribers.replace("10", "§10000"), publisher.replace("rate", "connections: 2000, rate")],
      "10,000 subscribers of 2,000 publishing connections are 20,000,000 pairs",
    ],
    [
      [subscribers.replace("10", '10, §framing: { delimiter: "\\n" }'), publisher],
      "what is published is found in any framing",
    ],
    [
      [subscribers.replace("10", "10, §message: x"), publisher],
      "this subscribe sends no messages; it only receives what others publish",
    ],
    [
      [subscribers.replace("10", '10, open: [{ send: "§{{stamp}}", receive: none }]'), publisher],
      "messages of steps are not counted as published",
    ],
    [
      [
        subscribers,
        publisher,
        "h: { target: bus, pattern: hold, connections: 1, duration: 1s, §publishes: subs }",
      ],
      "publishes has no meaning for hold; it is for request, stream",
    ],
    [
      [
        subscribers,
        publisher
          .replace("publishes", 'framing: { delimiter: "\\n" }, publishes')
          .replace("framing", "§framing"),
      ],
      "framing has no meaning for stream without unsolicited",
    ],
  ])("%j", (workloads, message) => {
    const { source, line, column } = marked(scenario(...workloads));
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    expect(problems[0]).toMatchObject({ line, column });
  });
});
