import { describe, expect, it } from "vitest";
import { natsArguments, neededNats } from "../../../src/cli/arguments/nats-arguments.ts";

const nats = "nats://10.0.0.1:4222";

describe("the NATS server", () => {
  it("is a choice of load's, which no variable makes", () => {
    expect(natsArguments({}, { NATS_URL: nats })).toBeNull();
    expect(natsArguments({ nats: `${nats},nats://10.0.0.2` }, {})).toMatchObject({
      servers: [nats, "nats://10.0.0.2"],
      tlsFirst: false,
    });
    expect(() => natsArguments({ "nats-ca": "ca.pem" }, { NATS_URL: nats })).toThrow(
      "--nats-ca has no meaning without --nats",
    );
    expect(() => natsArguments({ "nats-hosts": 3 }, {})).toThrow(
      "--nats-hosts has no meaning without --nats",
    );
  });

  it("may be a variable for commands that need one", () => {
    expect(neededNats({}, { NATS_URL: nats }).servers).toEqual([nats]);
    expect(neededNats({ nats: "other" }, { NATS_URL: nats }).servers).toEqual(["other"]);
    for (const env of [{}, { NATS_URL: "" }]) {
      expect(() => neededNats({}, env)).toThrow(
        "which NATS server? give --nats nats://ADDRESS:PORT, or NATS_URL",
      );
    }
  });
});

describe("who logs in", () => {
  const env = { NATS_USER: "anna", NATS_PASSWORD: "p", NATS_CA: "ca.pem", NATS_CREDS: "" };

  it("is in variables, so that it is not in the list of processes", () => {
    expect(neededNats({ nats }, env)).toMatchObject({ user: "anna", password: "p" });
    expect(neededNats({ nats }, { NATS_USER: "t0ken" })).toMatchObject({ token: "t0ken" });
    expect(neededNats({ nats }, { NATS_NKEY: "a.nk" })).toMatchObject({ nkeyFile: "a.nk" });
    const files = { NATS_CA: "a", NATS_CERT: "b", NATS_KEY: "c" };
    expect(neededNats({ nats }, files)).toMatchObject({
      caFile: "a",
      certFile: "b",
      keyFile: "c",
    });
  });

  it("is in options, which replace the variables", () => {
    const options = neededNats({ nats, "nats-nkey": "b.nk", "nats-ca": "b.pem" }, env);
    expect(options).toMatchObject({ nkeyFile: "b.nk", caFile: "b.pem" });
    expect([options.user, options.password, options.credsFile]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
