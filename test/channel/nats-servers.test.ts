import { describe, expect, it } from "vitest";
import { natsServerText, parseNatsServers } from "../../src/channel/nats-servers.ts";

describe("addresses of NATS servers", () => {
  it.each([
    ["nats://10.0.0.1:4223", { host: "10.0.0.1", port: 4223 }, false, null],
    ["tls://nats.example", { host: "nats.example", port: 4222 }, true, null],
    ["TLS://nats.example/", { host: "nats.example", port: 4222 }, true, null],
    ["10.0.0.1", { host: "10.0.0.1", port: 4222 }, false, null],
    ["nats-server:4222", { host: "nats-server", port: 4222 }, false, null],
    [" nats://[fd00::1]:9 ", { host: "fd00::1", port: 9 }, false, null],
    ["nats://anna:se%2Fcret@h", { host: "h", port: 4222 }, false, ["anna", "se/cret"]],
    ["nats://a:b@c:@h:1", { host: "h", port: 1 }, false, ["a", "b@c:"]],
    ["nats://anna:@h", { host: "h", port: 4222 }, false, ["anna", ""]],
    ["tls://t0ken@h", { host: "h", port: 4222 }, true, ["t0ken"]],
  ])("%s", (text, server, isTls, login) => {
    const [user, password] = login ?? [];
    expect(parseNatsServers([text])).toEqual({
      servers: [server],
      isTls,
      login: login === null ? null : password === undefined ? { token: user } : { user, password },
    });
  });

  it.each([
    ["http://h:4222", "http:// is not known"],
    ["wss://h", "NATS over WebSocket is not supported"],
    ["nats://h:0", "a port is 1 to 65535"],
    ["nats://h:65536", "a port is 1 to 65535"],
    ["nats://h:x", "it has no name or address"],
    ["nats://h/path", "it has no name or address"],
    ["nats://", "it has no name or address"],
    ["", "it has no name or address"],
    ["nats://fd00::1", "an IPv6 address is written in brackets, [fd00::1]"],
    ["nats://[10.0.0.1]:1", "brackets are for IPv6 addresses"],
    ["nats://:x@h", "the user before @ is missing"],
    ["nats://a:%zz@h", 'in user and password "%" is written %25'],
  ])("%j is refused: %s", (text, why) => {
    expect(() => parseNatsServers([text])).toThrow(why);
    expect(() => parseNatsServers([text])).toThrow("write nats://10.0.0.1:4222, or tls://");
  });

  it("a message does not repeat a password", () => {
    expect(() => parseNatsServers(["nats://anna:secret@h:0"])).toThrow('"nats://h:0"');
    expect(() => parseNatsServers(["nats://anna:sec@ret@h:0"])).toThrow('"nats://h:0"');
    expect(() => parseNatsServers(["anna:secret@h:0"])).toThrow('"h:0"');
  });

  it("several have one login, which may be given with one of them", () => {
    const login = { token: "t" };
    expect(parseNatsServers(["nats://t@a", "tls://b"])).toMatchObject({ isTls: true, login });
    expect(() => parseNatsServers(["nats://t@a", "nats://u@b"])).toThrow("have different users");
  });

  it("are shown with brackets around IPv6", () => {
    expect(natsServerText({ host: "::1", port: 1 })).toBe("[::1]:1");
    expect(natsServerText({ host: "h", port: 1 })).toBe("h:1");
  });
});
