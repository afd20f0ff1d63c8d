import { describe, expect, it } from "vitest";
import {
  type FanOutTrial,
  tryFanOut,
  tryFanOutFor,
} from "../../../src/preflight/checks/broadcast-trial.ts";
import { refusalOf } from "../../../src/preflight/checks/check-result.ts";
import { examine } from "../../../src/preflight/doctor.ts";
import { preflight } from "../../../src/preflight/preflight.ts";
import type { Broadcast } from "../../../src/scenario/scenario.ts";
import { host, machine, plan, workload } from "../fakes.ts";

const works: readonly FanOutTrial[] = [
  { delivery: "broadcast", address: "127.255.255.255", bindTo: "127.255.255.255", obstacle: null },
  { delivery: "multicast", address: "239.255.0.1", bindTo: "239.255.0.1", obstacle: null },
];
const [broadcast, multicast] = works as readonly [FanOutTrial, FanOutTrial];
const fails = { ...broadcast, bindTo: null, obstacle: "EADDRNOTAVAIL" };

function feed(delivery: Broadcast["delivery"]) {
  const broadcast = {
    delivery,
    receivers: 4,
    receiverProcesses: 1,
    receiverThreads: 1,
    membership: null,
  };
  const workloads = [workload({ name: "feed", pattern: "broadcast", protocol: "udp", broadcast })];
  return plan({ workloads });
}

describe.skipIf(process.platform !== "linux")("the trial on Linux", () => {
  it("finds that both reach every receiver", async () => {
    expect(await tryFanOut()).toEqual(works);
  });

  it("is made for plans that need it", async () => {
    expect(await tryFanOutFor(plan())).toEqual([]);
    expect(await tryFanOutFor(feed("contrast"))).toEqual(works);
  });
});

describe("preflight", () => {
  const refused = (delivery: Broadcast["delivery"], trials: readonly FanOutTrial[]) =>
    refusalOf(preflight(feed(delivery), machine(), host(), trials));

  it("lets a broadcast pass where it reaches all, or is not tried", () => {
    expect(refused("broadcast", works)).toBeNull();
    expect(refused("broadcast", [])).toBeNull();
    expect(refused("contrast", [fails])).toBeNull();
    expect(refused("multicast", [fails, multicast])).toBeNull();
  });

  it("refuses it where it does not, with exit 3, the reason and the alternative", () => {
    const error = refused("broadcast", [fails, multicast]);
    expect(error?.status).toBe(3);
    expect(error?.message).toContain(
      "workload feed: Linux does not deliver a broadcast to all receivers (127.255.255.255: EADDRNOTAVAIL)",
    );
    expect(error?.message).toContain("target: udp://239.255.0.1:PORT");
  });

  it("knows no alternative where nothing works", () => {
    const none = { ...multicast, bindTo: null, obstacle: "1 of 2 receivers received it" };
    expect(refused("multicast", [fails, none])?.message).toContain("run it on Linux");
  });
});

describe("doctor", () => {
  const said = (trials: readonly FanOutTrial[]) =>
    examine(machine(), host({ os: "Darwin" }), [], null, trials, null)
      .results.filter(({ check }) => check === "broadcast" || check === "multicast")
      .map(({ level, message }) => `${level}: ${message}`);

  it("says what the system does", () => {
    expect(said(works)).toEqual([
      "note: a broadcast to 127.255.255.255 reaches every receiver that shares its port",
      "note: a multicast to 239.255.0.1 reaches every receiver that shares its port",
    ]);
    expect(said([fails])).toEqual([
      "warn: a broadcast to 127.255.255.255 does not reach every receiver on Darwin: EADDRNOTAVAIL",
    ]);
    expect(said([{ ...broadcast, bindTo: "127.0.0.1" }])).toEqual([
      "note: a broadcast to 127.255.255.255 reaches every receiver that shares its port, where they are " +
        "bound to 127.0.0.1 and not to 127.255.255.255",
    ]);
  });
});
