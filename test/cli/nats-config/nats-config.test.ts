/** The generated configuration: what it says, and that a real server takes it and holds to it. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { beforeAll, describe, expect, it } from "vitest";
import { natsChannel } from "../../../src/channel/nats-channel.ts";
import { connectNats } from "../../../src/channel/nats-connect.ts";
import {
  configName,
  configRequest,
  type MadeConfig,
  makeConfig,
} from "../../../src/cli/nats-config/make-config.ts";
import { writeConfig } from "../../../src/cli/nats-config/write-config.ts";
import { serveHost } from "../../../src/hosts/host.ts";
import { discoverHosts } from "../../../src/hosts/pool.ts";
import { subjects } from "../../../src/hosts/protocol.ts";
import { createCertificate } from "../../../src/io/tls/certificate.ts";
import { atEndOfFile } from "../../at-end.ts";
import { hasNatsServer, startNatsServer } from "../../channel/nats-server.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const address = "127.34.0.2";

/** Generates a configuration into a folder of its own. */
function generate(args: Readonly<Record<string, unknown>>): MadeConfig & { folder: string } {
  const request = configRequest({ out: join(makeTempDir(), "nats"), ...args });
  const made = makeConfig(request);
  writeConfig(request.folder, made.files);
  return { folder: request.folder, ...made };
}

const config = (folder: string) => readFileSync(join(folder, configName), "utf8");

describe("what is written", () => {
  it("is for one team without TLS on loopback, where nothing is given", () => {
    const { folder, next, notices } = generate({});
    expect(readdirSync(folder).toSorted()).toEqual([
      configName,
      "slash8-agent.nk",
      "slash8-coordinator.nk",
    ]);
    expect(config(folder)).toContain('listen: "127.0.0.1:4222"');
    expect(config(folder)).not.toMatch(/^tls/m);
    expect(notices).toEqual([]);
    expect(next.slice(1)).toEqual([
      "slash8 agent --nats nats://127.0.0.1:4222 --nats-nkey slash8-agent.nk --allow-target ADDRESS:PORT",
      "slash8 load SCENARIO --nats nats://127.0.0.1:4222 --nats-nkey slash8-coordinator.nk",
    ]);
  });

  it("keeps what is secret to its owner, and out of the configuration", () => {
    const { folder } = generate({ "tls-for": ["nats.example", "10.0.0.1"] });
    const secret = readdirSync(folder).filter(
      (name) => (statSync(join(folder, name)).mode & 0o077) === 0,
    );
    expect(secret.toSorted()).toEqual([
      "server-key.pem",
      "slash8-agent.nk",
      "slash8-coordinator.nk",
    ]);
    const seed = readFileSync(join(folder, "slash8-agent.nk"), "utf8").trim();
    expect(seed).toMatch(/^SU[A-Z2-7]{56}$/);
    expect(config(folder)).not.toContain(seed);
    expect(config(folder)).toContain('listen: "0.0.0.0:4222"');
  });

  it("is all or nothing, and nothing is written over", () => {
    const { folder } = generate({ team: ["a"] });
    const before = readFileSync(join(folder, "a-agent.nk"), "utf8");
    const again = () => generate({ out: folder, team: ["a", "b"] });
    expect(again).toThrow("there already, and its keys may be in use; remove them");
    expect(readdirSync(folder)).not.toContain("b-agent.nk");
    expect(readFileSync(join(folder, "a-agent.nk"), "utf8")).toBe(before);
    writeFileSync(join(folder, "file"), "");
    expect(() => generate({ out: join(folder, "file", "x") })).toThrow("cannot be written");
  });

  it("may be for another folder on the server's machine", () => {
    const { folder, next } = generate({ "tls-for": ["nats"], "server-dir": "/etc/nats" });
    expect(config(folder)).toContain('key_file: "/etc/nats/server-key.pem"');
    expect(next[0]).toBe("nats-server -c /etc/nats/nats-server.conf");
  });

  it("says that others can read along without TLS", () => {
    expect(generate({ listen: "10.0.0.1:4222" }).notices[0]).toMatch(
      /^the server will not encrypt, and listens on 10.0.0.1/,
    );
  });

  it.each([
    [{ team: ["a b"] }, '--team a b: give a letter, then letters, digits, "_" and "-"'],
    [{ team: ["a", "A"] }, "--team A is given more than once; names differ in more than case"],
    [{ host: ["-"] }, "--host -: give a letter"],
    [{ listen: "x:1" }, "--listen names are not looked up here: write the address of x"],
    [{ listen: "10.0.0.1" }, '--listen "10.0.0.1" is not an address and a port'],
    [{ listen: "10.0.0.0/30:1" }, "--listen 10.0.0.0/30:1: give one address and a port"],
    [{ listen: "10.0.0.1:0" }, "--listen 10.0.0.1:0: give one address and a port"],
    [{ "tls-for": ["10.0.0.1:4222"] }, "--tls-for 10.0.0.1:4222: give a name or an address"],
    [{ cert: "a" }, "--cert and --key belong together"],
    [{ "client-ca": "a" }, "--client-ca has no meaning without --cert and --key"],
    [{ cert: "/no/file", key: "/no/file" }, "/no/file: there is no such file"],
  ])("%j is refused", (args, why) => {
    expect(() => configRequest(args)).toThrow(why);
  });
});

describe.runIf(hasNatsServer)("nats-server (where it is installed)", { timeout: 60_000 }, () => {
  let folder: string;
  let port: number;

  beforeAll(async () => {
    ({ folder } = generate({ team: ["a", "b"], host: ["x", "y"], "tls-for": [address] }));
    port = await startNatsServer(config(folder), address);
  });

  async function as(user: string): Promise<NatsConnection> {
    const connection = await connectNats({
      servers: [`tls://${address}:${port}`],
      caFile: join(folder, "ca.pem"),
      nkeyFile: join(folder, `${user}.nk`),
    });
    atEndOfFile(() => connection.close());
    return connection;
  }

  /** Sends and listens on subjects, and returns once all of it is refused. */
  async function refused(
    connection: NatsConnection,
    what: { readonly send: readonly string[]; readonly listen: readonly string[] },
  ): Promise<void> {
    const wanted = new Set([
      ...what.send.map((subject) => `Publish to "${subject}"`),
      ...what.listen.map((subject) => `Subscription to "${subject}"`),
    ]);
    const status = connection.status();
    for (const subject of what.send) connection.publish(subject);
    for (const subject of what.listen) connection.subscribe(subject, { callback: () => {} });
    for await (const one of status) {
      if (one.type !== "error") continue;
      const found = /(?:Publish|Subscription) to "\S+"/.exec(one.error.message)?.[0] ?? "";
      expect([...wanted]).toContain(found);
      wanted.delete(found);
      if (wanted.size === 0) return;
    }
  }

  it("takes it", () => {
    const plain = generate({ listen: "[::1]:4222" }).folder;
    const other = createCertificate({ commonName: "x", names: ["nats.example"] });
    const files = makeTempDir();
    const paths = { cert: join(files, "c.pem"), key: join(files, "k.pem") };
    writeFileSync(paths.cert, other.certificate);
    writeFileSync(paths.key, other.key);
    const mutual = generate({ ...paths, "client-ca": paths.cert });
    expect(mutual.next[1]).toContain("--nats tls://nats.example:4222 --nats-nkey");
    for (const one of [folder, plain, mutual.folder]) {
      const checked = spawnSync("nats-server", ["-t", "-c", join(one, configName)]);
      expect(String(checked.stderr)).toContain("is valid");
      expect(checked.status).toBe(0);
    }
  });

  it("lets a run find its team's hosts, claim them, and speak to them", async () => {
    const [agent, coordinator, stranger] = await Promise.all([
      as("a-agent-x"),
      as("a-coordinator"),
      as("b-coordinator"),
    ]);
    const host = serveHost(agent, {
      name: "x",
      limits: [],
      refuses: () => null,
      onMessage: () => {},
    });
    await agent.flush();
    const found = await discoverHosts(coordinator, (so) => so.length > 0);
    expect(found.map(({ name }) => name)).toEqual(["x"]);
    expect(await discoverHosts(stranger)).toEqual([]);
    await host.stop();

    const [down, up] = [subjects.down("r", "x"), subjects.up("r", "x")];
    const limits = { silenceNs: 3e9, interruptionNs: 60e9 };
    const here = natsChannel<string, string>(coordinator, { send: down, receive: up }, limits);
    const there = natsChannel<string, string>(agent, { send: up, receive: down }, limits);
    there.onMessage((message) => there.send(`${message} back`));
    const answer = new Promise((resolve) => here.onMessage(resolve));
    here.send("there and");
    expect(await answer).toBe("there and back");
    here.end();
    there.end();
  });

  it("does not let an agent act for a coordinator, or for another host", async () => {
    const agent = await as("a-agent-x");
    const send = [
      subjects.discover,
      subjects.claim("x"),
      subjects.down("r", "x"),
      subjects.up("r", "y"),
      "_INBOX.abc.def",
      "other",
    ];
    const listen = [
      subjects.up("r", "x"),
      subjects.claim("y"),
      subjects.down("r", "y"),
      "_INBOX.>",
      ">",
    ];
    await refused(agent, { send, listen });
  });

  it("does not let a coordinator act for a host", async () => {
    const coordinator = await as("b-coordinator");
    const send = [subjects.up("r", "x"), "_INBOX.abc.def", "other"];
    const listen = [subjects.discover, subjects.claim("x"), subjects.down("r", "x"), ">"];
    await refused(coordinator, { send, listen });
  });
});
