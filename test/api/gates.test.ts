import { describe, expect, test } from "vitest";
import { defineScenario, type Gate, gate, run } from "../../src/api/index.ts";
import { parseGate } from "../../src/gates/parse.ts";

const workload = {
  target: "tcp://127.0.0.1:7000",
  pattern: "request",
  message: "hello\n",
  framing: "echo",
} as const;

const names = {
  workloads: ["chat", "idle"],
  servers: ["echo"],
  parts: new Map([["chat", ["get"]]]),
};

describe("gates with checked names", () => {
  test.each<[Gate, string]>([
    [gate<"chat">((run) => run.chat.responseTime.p99.below("5ms")), "chat.responseTime.p99 < 5ms"],
    [gate<"chat">((run) => run.chat.tcp.rtt["p99.9"].below("1ms")), "chat.tcp.rtt.p99.9 < 1ms"],
    [gate<"chat">((run) => run.chat.tcp.retransmits.equals(0)), "chat.tcp.retransmits == 0"],
    [gate((run) => run.total.errors.equals(0)), "total.errors == 0"],
    [gate((run) => run.total.errors.target.differsFrom(3)), "total.errors.target != 3"],
    [
      gate<"chat">((run) => run.chat.rate.achievedPerSecond.atLeast("20000/s").over("5s")),
      "chat.rate.achievedPerSecond >= 20000/s over 5s",
    ],
    [
      gate<"chat">((run) => run.chat.responseTime["p99.9"].atMostBaseline(1.1)),
      "chat.responseTime.p99.9 <= baseline * 1.1",
    ],
    [
      gate<"chat">((run) => run.chat.rate.receivedPerSecond.atLeastBaseline()),
      "chat.rate.receivedPerSecond >= baseline",
    ],
    [
      gate<"chat" | "idle">((run) =>
        run.chat.responseTime.percentile(97.5).atMost(run.idle.responseTime.max.times(1.5)),
      ),
      "chat.responseTime.p97.5 <= 1.5 * idle.responseTime.max",
    ],
    [
      gate<"chat">(({ chat }) =>
        chat.exchanges.timedOut.dividedBy(chat.exchanges.sent).below("1%").over("3s"),
      ),
      "chat.exchanges.timedOut / chat.exchanges.sent < 1% over 3s",
    ],
    [gate<"chat">((run) => run.chat.errors.code("TIMEOUT").below(10)), "chat.errors.TIMEOUT < 10"],
    [
      gate<"chat">((run) => run.chat.exchanges.status("5xx").equals(0)),
      "chat.exchanges.status.5xx == 0",
    ],
    [
      gate<"chat">((run) => run.chat.part("get").responseTime.count.above(0)),
      "chat.get.responseTime.count > 0",
    ],
    [
      gate<never, "echo">((run) => run.servers.echo.rssBytesPeak.below("64MiB")),
      "servers.echo.rssBytesPeak < 64MiB",
    ],
    [
      gate<never, "echo">((run) => run.servers.echo.rssBytes.slope.below("1MiB/h")),
      "servers.echo.rssBytes.slope < 1MiB/h",
    ],
    [
      gate<never, "echo">((run) => run.servers.echo.openFiles.slope.below("5/h")),
      "servers.echo.openFiles.slope < 5/h",
    ],
  ])("%s", (written, expression) => {
    expect(String(written)).toBe(expression);
    expect(parseGate(written.expression, names).expression).toBe(expression);
  });

  test("may be a function of a scenario's own names, and become what a file has", () => {
    const { gates } = defineScenario({
      version: 1,
      name: "chat",
      workloads: { chat: workload },
      gates: ({ chat, total }) => [
        chat.responseTime.p99.below("5ms").aborting("3s"),
        chat.responseTime.max.below("1s").over("5s").aborting(),
        { gate: total.errors.equals(0), abort: true },
        "chat.exchanges.sent > 0",
      ],
    });
    expect(gates).toEqual([
      { gate: "chat.responseTime.p99 < 5ms", abort: { after: "3s" } },
      { gate: "chat.responseTime.max < 1s over 5s", abort: true },
      { gate: "total.errors == 0", abort: true },
      "chat.exchanges.sent > 0",
    ]);
  });

  test("refuse what is wrong in the editor", () => {
    const scenario = defineScenario({
      version: 1,
      name: "chat",
      servers: { echo: { builtin: "tcp-echo" } },
      workloads: { chat: { ...workload, target: "echo" } },
    });
    expect(Object.keys(scenario.workloads)).toEqual(["chat"]);
    const never = () => {
      defineScenario({
        version: 1,
        name: "chat",
        servers: { echo: { builtin: "tcp-echo" } },
        workloads: { chat: { ...workload, target: "echo" } },
        gates: (run) => [
          // @ts-expect-error there is no such workload
          run.chatt.responseTime.p99.below("5ms"),
          // @ts-expect-error there is no such metric
          run.chat.responceTime.p99.below("5ms"),
          // @ts-expect-error a duration has a unit
          run.chat.responseTime.p99.below(5),
          // @ts-expect-error a rate is not a duration
          run.chat.responseTime.p99.below("5/s"),
          // @ts-expect-error metrics of two kinds cannot be compared
          run.chat.responseTime.p99.below(run.chat.exchanges.sent),
          // @ts-expect-error there is no such server
          run.servers.ecco.cpuSeconds.below("5s"),
        ],
      });
      // @ts-expect-error there is no such field
      defineScenario({ ...scenario, workloads: { chat: { ...workload, conections: 5 } } });
      run(scenario).then((result) => {
        const p99: number | null = result.workloads.chat.responseTime.p99;
        // @ts-expect-error there is no such workload
        result.workloads.chatt;
        // @ts-expect-error there is no such percentile
        result.workloads.chat.responseTime.p98;
        return [p99, result.servers.echo.cpuSeconds];
      });
    };
    expect(never).toBeTypeOf("function");
  });
});
