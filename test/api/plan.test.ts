import { createServer } from "node:net";
import { expect, test } from "vitest";
import {
  CapacityError,
  compare,
  defineScenario,
  plan,
  readResult,
  run,
  UserError,
} from "../../src/api/index.ts";

test("plan says what would run, and leaves nothing behind", async () => {
  const server = createServer();
  const scenario = defineScenario({
    version: 1,
    name: "planned",
    servers: { echo: () => server },
    workloads: {
      chat: {
        target: "echo",
        pattern: "hold",
        sources: "127.25.1.0/24",
        connections: 3,
        duration: "1s",
      },
    },
  });
  const planned = await plan(scenario, { io: "node", workers: 1 });
  expect(planned).toMatchObject({
    io: "node",
    workers: 1,
    fits: true,
    agents: [{ workers: 1 }],
    servers: [{ name: "echo", connections: 3 }],
    workloads: [{ name: "chat", connections: 3, sources: ["127.25.1.0-127.25.1.255"] }],
    totals: { connections: 3 },
  });
  expect(planned.servers[0]?.listen).toEqual(planned.workloads[0]?.endpoints);
  expect(server.listening).toBe(false);
});

test("a machine that cannot hold it is a check of the plan, and an error of the run", async () => {
  const scenario = defineScenario({
    version: 1,
    name: "large",
    workloads: {
      idle: {
        target: "tcp://127.0.0.1:7000",
        pattern: "hold",
        sources: "127.0.0.0/8",
        connections: 16_000_000,
        duration: "1s",
      },
    },
  });
  const planned = await plan(scenario);
  expect(planned.fits).toBe(false);
  expect(planned.checks.map(({ check }) => check)).toContain("memory");
  const error = await run(scenario).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(CapacityError);
  const { code, checks } = error as CapacityError;
  expect(code).toBe("capacity");
  expect(checks.map(({ check }) => check)).toEqual(planned.checks.map(({ check }) => check));
});

test("compare takes results, and says what is missing for a verdict", async () => {
  const result = await readResult(
    new URL("../../results/reference/tcp-churn.json", import.meta.url),
  );
  const again = { ...result };
  const { verdict, reasons, baseline } = await compare(result, again, { tolerance: "10%" });
  expect(verdict).toBe("inconclusive");
  expect(reasons[0]).toMatch(/^too few runs: with 1 against 1/);
  expect(baseline.map(({ file }) => file)).toEqual([result.file]);
  await expect(compare(result, [result])).rejects.toThrow(UserError);
  await expect(compare(result, again, { metrics: ["responseTme.p99"] })).rejects.toThrow(
    "responseTme",
  );
  const wrong = [{ tolerance: "ten" as "10%" }, { tolerance: 2 }, { alpha: 0 }];
  for (const options of wrong) {
    const error = await compare(result, again, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(`${Object.keys(options)[0]}: `);
  }
});
