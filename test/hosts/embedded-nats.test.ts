/** A nats-server under the supervisor of dist/. */
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { connectNats } from "../../src/channel/nats-connect.ts";
import { embeddedNats } from "../../src/hosts/embedded-nats.ts";
import { serveHost } from "../../src/hosts/host.ts";
import { waitForHosts } from "../../src/hosts/wait-for-hosts.ts";
import { atEndOfFile } from "../at-end.ts";
import { hasNatsServer } from "../channel/nats-server.ts";

const address = "127.34.0.3";

describe("an embedded nats-server", { timeout: 60_000 }, () => {
  it("says how to install it where it is not", async () => {
    const starting = embeddedNats({
      listen: { address, port: 0 },
      program: "slash8-no-such-program",
    });
    await expect(starting).rejects.toThrow(
      "--nats embedded: slash8-no-such-program is not installed here; install it (apt install nats-server",
    );
  });

  it.runIf(hasNatsServer)("is there until it is closed, and hosts are waited for", async () => {
    const server = await embeddedNats({ listen: { address, port: 0 } });
    atEndOfFile(() => server.close());
    expect(server.url).toMatch(/^nats:\/\/127\.34\.0\.3:\d+$/);
    const [here, there] = await Promise.all([
      connectNats({ servers: [server.url] }),
      connectNats({ servers: [server.url] }),
    ]);
    const waits: string[] = [];
    const wanted = { names: ["x"], count: 1, withinMs: 60_000 };
    let host: ReturnType<typeof serveHost> | undefined;
    await waitForHosts(here, wanted, (missing) => {
      waits.push(missing);
      const options = { name: "x", limits: [], refuses: () => null, onMessage: () => {} };
      host = serveHost(there, options);
    });
    expect(waits).toEqual(["host x"]);
    await waitForHosts(here, { names: [], count: 2, withinMs: 0 }, (missing) =>
      waits.push(missing),
    );
    expect(waits[1]).toBe("2 hosts, 1 there");
    await host?.stop();
    await Promise.all([here.close(), there.close()]);
    await server.close();
    await expect(connectNats({ servers: [server.url] })).rejects.toThrow("nothing listens there");
  });

  it.runIf(hasNatsServer)("says that something listens there", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, address, resolve));
    atEndOfFile(() => other.close());
    const { port } = other.address() as { port: number };
    await expect(embeddedNats({ listen: { address, port } })).rejects.toThrow(
      /^--nats embedded: nats-server cannot listen on 127\.34\.0\.3:\d+ \(.*address already in use.*\): something listens there; give another port with --nats-listen$/,
    );
  });
});
