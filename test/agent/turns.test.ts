import { afterEach, describe, expect, it } from "vitest";
import { hungWorker } from "../../src/agent/hung-worker.ts";
import { Turns } from "../../src/agent/turns.ts";
import {
  createsFor,
  enterUserCode,
  leaveUserCode,
  shareUserCodePlace,
  userCodePlace,
} from "../../src/protocols/modules/user-code.ts";
import type { Workload } from "../../src/scenario/scenario.ts";

describe("Turns", () => {
  afterEach(() => shareUserCodePlace(new Int32Array(1)));

  it("shows each worker's turns to another thread, between its begin and its end", () => {
    const turns = Turns.create(2);
    const worker = Turns.from(turns.buffer).of(1);
    worker.next();
    expect(turns.progress(1)).toBeNull();
    worker.begin();
    const before = turns.progress(1);
    worker.next();
    expect(turns.progress(1)).toBe((before ?? 0) + 1);
    expect(turns.progress(0)).toBeNull();
    worker.end();
    expect(turns.progress(1)).toBeNull();
  });

  it("shows whose code a worker is in", () => {
    const turns = Turns.create(2);
    shareUserCodePlace(turns.of(1).userCode);
    createsFor(3);
    const place = userCodePlace();
    createsFor(4);
    expect(turns.userCode(1)).toBeNull();
    enterUserCode(place);
    expect(turns.userCode(1)).toBe(3);
    expect(turns.userCode(0)).toBeNull();
    leaveUserCode();
    expect(turns.userCode(1)).toBeNull();
  });
});

it("a hung worker is told with the module that it is in", async () => {
  const path = "/home/me/chat.ts";
  const applicationProtocol = { name: "./chat.ts", path, options: {} };
  expect(await hungWorker({ name: "chat", applicationProtocol } as Workload, 50)).toBe(
    "the protocol /home/me/chat.ts of workload chat did not return for 5 s, so the worker was ended; look for an endless loop, or for what it waits for, in the module",
  );
  expect(await hungWorker(null)).toBe(
    "it stood still for 5 s and was ended; please report this with the scenario",
  );
});
