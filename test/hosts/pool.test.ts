import { connect, type NatsConnection } from "@nats-io/transport-node";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { encodeMessage } from "../../src/channel/encoding.ts";
import { natsReconnects } from "../../src/channel/nats-channel.ts";
import { serveHost } from "../../src/hosts/host.ts";
import { ClaimedHosts, discoverHosts } from "../../src/hosts/pool.ts";
import { subjects } from "../../src/hosts/protocol.ts";
import { planRun } from "../../src/plan/plan.ts";
import { hasNatsServer, startNatsServer } from "../channel/nats-server.ts";
import { scenario } from "../plan/samples.ts";
import { machine } from "../support/scenario-parts.ts";

describe.runIf(hasNatsServer)("the hosts of a run", { timeout: 120_000 }, () => {
  let port = 0;
  beforeAll(async () => {
    port = await startNatsServer("");
  });

  async function connection(): Promise<NatsConnection> {
    const made = await connect({ servers: `127.0.0.1:${port}`, ...natsReconnects });
    onTestFinished(() => made.close());
    return made;
  }

  /** Hosts in this process, with what each has said. */
  async function serve(...names: readonly string[]) {
    const said: string[] = [];
    for (const name of names) {
      const own = await connection();
      const host = serveHost(own, {
        name,
        limits: [],
        refuses: () => null,
        onMessage: (message) => said.push(`${name} ${message}`),
      });
      await own.flush();
      onTestFinished(() => host.stop());
    }
    return said;
  }

  it("are not what is no host, and their texts leave a terminal alone", async () => {
    const other = await connection();
    const parts = { hello: { version: "1\x1b[2J" }, facts: {}, addresses: [], limits: [] };
    const answers = [null, {}, { name: "a" }, { ...parts, name: "\x1b" }, { ...parts, name: "x" }];
    other.subscribe(subjects.discover, {
      callback: (_, message) => {
        for (const answer of answers) message.respond(encodeMessage(answer));
      },
    });
    await other.flush();
    const found = await discoverHosts(await connection(), (so) => so.length > 0);
    expect(found).toEqual([{ ...parts, name: "x", hello: { version: "1" } }]);
    await other.close();
  });

  it("are those that have clients: the others are let go when it begins", async () => {
    const said = await serve("a", "b");
    const target = { server: null, endpoints: [{ address: "127.0.0.1", port: 7000 }], sources: [] };
    const named = ["a", "b"].map((name) => ({
      name,
      sources: [],
      position: { file: "x.yaml", line: 1, column: 1 },
    }));
    const one = { ...scenario([{ ...target, connections: 1 }]), hosts: named };
    const claimed = await ClaimedHosts.claim(await connection(), one, "node");
    expect(claimed.hosts.map(({ name }) => name)).toEqual(["a", "b"]);
    const plan = planRun(one, machine(), { io: "node", workers: 1, hosts: claimed.toPlan });
    await claimed.begin(plan);
    expect(claimed.hosts.map(({ name }) => name)).toEqual(["a"]);
    expect(said).toContainEqual("b is idle: it was ended by the other end");
    expect(said).not.toContainEqual(expect.stringContaining("a is idle"));
    await claimed.measureClocks();
    await claimed.close();
    expect(said).toContainEqual("a is idle: it was ended by the other end");
  });
});
