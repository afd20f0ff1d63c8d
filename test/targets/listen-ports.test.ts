import { expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { Leases } from "../../src/machine/leases.ts";
import { parseScenario } from "../../src/scenario/parse.ts";
import { scenarioError } from "../../src/scenario/source/problem.ts";
import { resolvePorts } from "../../src/targets/listen-ports.ts";
import { checkCanListen, holdPort } from "../../src/targets/listen-trial.ts";
import { holderOf, parseLsof } from "../../src/targets/port-holder.ts";
import { plan, server, workload } from "../preflight/fakes.ts";

const free = { address: "127.0.0.1", port: 0 };

test("each port 0 becomes a different free port, and the rest does not change", async () => {
  const servers = [
    server({ name: "a", listen: [free, { address: "127.0.0.1", port: 7777 }, free] }),
    server({ name: "b", protocol: "udp", listen: [free] }),
    server({ name: "c" }),
  ];
  const { scenario } = plan({ servers });
  const resolved = await resolvePorts(scenario);
  const ports = resolved.servers.flatMap(({ listen }) => listen.map(({ port }) => port));
  expect(ports).toHaveLength(5);
  expect(ports[1]).toBe(7777);
  expect(ports[4]).toBe(7000);
  expect(ports).not.toContain(0);
  expect(ports[0]).not.toBe(ports[2]);
  expect(Object.isFrozen(resolved.servers[0]?.listen)).toBe(true);
  expect(scenario.servers[0]?.listen[0]?.port).toBe(0);
  // They are free: a server can bind them now.
  for (const each of resolved.servers.slice(0, 2))
    await checkCanListen({ ...each, listen: [...each.listen].filter(({ port }) => port !== 7777) });
});

test("messages about the scenario with its ports show the line that they are about", async () => {
  const source = `version: 1
name: x
servers: { e: { builtin: tcp-echo, listen: "127.0.0.1:0" } }
workloads:
  w: { target: e, pattern: request, duration: 1s }
`;
  const scenario = parseScenario(source, "x.yaml");
  const resolved = await resolvePorts(scenario);
  expect(resolved).not.toBe(scenario);
  const problem = { file: "x.yaml", line: 5, column: 3, message: "too small" };
  expect(scenarioError(resolved, [problem]).message).toBe(`x.yaml:5:3: too small
    5 |   w: { target: e, pattern: request, duration: 1s }
      |   ^`);
});

test("a server on several addresses has one port on all, and another one only where that is taken", async () => {
  const at = (last: number) => ({ address: `127.93.0.${last}`, port: 0 });
  const listen = [at(1), at(2), at(3), at(3)];
  const { scenario } = plan({ servers: [server({ listen })] });
  const [resolved] = (await resolvePorts(scenario)).servers;
  const ports = resolved?.listen.map(({ port }) => port) ?? [];
  expect(ports[1]).toBe(ports[0]);
  expect(ports[2]).toBe(ports[0]);
  expect(ports[3]).not.toBe(ports[0]);
});

/** As where other runs have the first ports that are tried. */
class FewLeases extends Leases {
  readonly answers: string[] = [];
  #held = 2;
  override async takePort(protocol: "tcp" | "udp", port: number): Promise<"held" | "taken"> {
    const answer = this.#held-- > 0 ? "held" : "taken";
    this.answers.push(`${protocol} ${port} ${answer}`);
    return answer;
  }
}

test("a port that another run has chosen is left to it, for servers and for broadcasts", async () => {
  const leases = new FewLeases();
  const servers = [server({ listen: [free] })];
  const feed = workload({
    name: "feed",
    protocol: "udp",
    pattern: "broadcast",
    server: null,
    endpoints: [{ address: "127.255.255.255", port: 0 }],
  });
  const { scenario } = plan({ servers, workloads: [feed] });
  const resolved = await resolvePorts(scenario, leases);
  const port = resolved.servers[0]?.listen[0]?.port;
  const toAll = resolved.workloads[0]?.endpoints[0]?.port;
  const [first, second, ...others] = leases.answers;
  expect(first).toMatch(/^tcp \d+ held$/);
  expect(second).toMatch(/^tcp \d+ held$/);
  expect(second).not.toBe(first);
  expect(others).toEqual([`tcp ${port} taken`, `udp ${toAll} taken`]);
});

test("without a port 0 the scenario is the same object", async () => {
  const { scenario } = plan();
  expect(await resolvePorts(scenario)).toBe(scenario);
});

test("an address that this machine does not have", async () => {
  const listen = [{ address: "203.0.113.1", port: 0 }];
  const { scenario } = plan({ servers: [server({ listen })] });
  await expect(resolvePorts(scenario)).rejects.toThrow(
    /server echo cannot listen on 203.0.113.1:0: this machine does not have the address/,
  );
});

test.each(["tcp", "udp"] as const)(
  "a %s port in use is named, with its holder",
  async (protocol) => {
    const held = await holdPort(protocol, free);
    try {
      const taken = { address: "127.0.0.1", port: held.port };
      const holder = await holderOf(protocol, taken);
      expect(holder?.pid).toBe(process.pid);
      const failure = await checkCanListen(server({ protocol, listen: [taken] })).catch((e) => e);
      expect(failure).toBeInstanceOf(UserError);
      expect(failure.status).toBe(2);
      expect(failure.message).toContain(`cannot listen on 127.0.0.1:${held.port}`);
      expect(failure.message).toContain(`(pid ${process.pid}) listens there already`);
      expect(holder?.isOfRun).toBe(false);
      if (process.platform === "linux") {
        expect(holder?.command).toContain("node");
        expect(failure.message).toMatch(/listens there already; end it, choose another port/);
        expect(failure.message).toContain(`what runs there. Its command line: ${holder?.command}`);
      }
    } finally {
      await held.close();
    }
    expect(await holderOf(protocol, { address: "127.0.0.1", port: held.port })).toBeNull();
  },
);

test("the holder of a wildcard is found by any of its addresses", async () => {
  const held = await holdPort("tcp", { address: "0.0.0.0", port: 0 });
  try {
    const holder = await holderOf("tcp", { address: "127.0.0.1", port: held.port });
    expect(holder?.pid).toBe(process.pid);
  } finally {
    await held.close();
  }
});

test("lsof's answer", () => {
  expect(parseLsof("p4242\ncredis-server\nf6\n")).toEqual({
    pid: 4242,
    name: "redis-server",
    command: null,
    isOfRun: false,
  });
  expect(parseLsof("")).toBeNull();
});
