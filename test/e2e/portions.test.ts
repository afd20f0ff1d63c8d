/** However a workload is divided among workers, the same number of messages is sent. */
import { expect, it } from "vitest";
import { runScenario } from "../support/run-scenario.ts";

const arrivals = ["constant", "poisson"] as const;

const ramp = (kind: string, network: string) => `
  ${kind}:
    target: echo
    pattern: request
    sources: ${network}
    connections: 10
    stages: [{ duration: 1s, rate: 777/s }, { duration: 1s, rate: 333/s }]
    arrivals: ${kind}
    message: { size: 64 }
    expect: echo
`;

it("1, 2 and 4 workers send the same number of messages, exactly", async () => {
  // At once: what they share is the machine, on which no count depends.
  const runs = [1, 2, 4].map(async (workers) => {
    const network = `127.95.${workers}.0/24`;
    const { result } = await runScenario(
      `
version: 1
name: portions
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
  sink: { builtin: udp-sink, listen: "127.0.0.1:0" }
workloads:
${arrivals.map((kind) => ramp(kind, network)).join("")}
  stream: { target: sink, pattern: stream, sources: ${network}, connections: 7, rate: 501/s, duration: 1s, message: { size: 32 } }
`,
      { workers },
    );
    expect(result.run.workers).toBe(workers);
    expect(result.workloads.stream?.exchanges).toMatchObject({ sent: 501, received: 501 });
    for (const { exchanges, errors } of Object.values(result.workloads)) {
      expect(exchanges.received).toBe(exchanges.sent);
      expect(errors).toEqual([]);
    }
    return arrivals.map((kind) => result.workloads[kind]?.exchanges.sent);
  });
  const [sent, ...others] = await Promise.all(runs);
  expect(others).toEqual([sent, sent]);
  // The area under the ramp: 777 / 2 + (777 + 333) / 2 = 943.5.
  expect(sent?.[0]).toBe(944);
});
