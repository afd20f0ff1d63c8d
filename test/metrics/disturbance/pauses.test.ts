import { describe, expect, it } from "vitest";
import type { ThreadNs } from "../../../src/base/schedstat.ts";
import { type PauseClocks, Pauses } from "../../../src/metrics/disturbance/pauses.ts";

const ms = 1e6;
const idle = { nextIntendedNs: Number.POSITIVE_INFINITY, inFlight: 0 };

/** A loop with made-up clocks: it turns each millisecond, and is where `to` says next. */
class Loop implements PauseClocks {
  nowNs = 1000 * ms;
  ran = 0;
  waited = 0;
  stolen = 0;
  events = 0;
  knows = true;
  awakeNs = Number.POSITIVE_INFINITY;
  readonly pauses = new Pauses(7, this, this.nowNs, this);

  thread(): ThreadNs | null {
    return this.knows ? { ranNs: this.ran * ms, waitedNs: this.waited * ms } : null;
  }

  stealNs(): number | null {
    return this.stolen * ms;
  }

  /** Turns for some time, without a pause. */
  turn(forMs: number): this {
    for (let i = 0; i < forMs; i++) this.pass(1);
    return this;
  }

  /** A wait until 1 ms from now that ends after `afterMs`. */
  pass(afterMs: number, awakeNs = Number.POSITIVE_INFINITY): this {
    this.pauses.waits(this.nowNs, this.nowNs + ms);
    this.nowNs += afterMs * ms;
    this.awakeNs = awakeNs;
    this.pauses.turned(this.nowNs);
    return this;
  }

  taken() {
    return this.pauses.take(this.nowNs, true);
  }
}

describe("a worker's pause", () => {
  it("is a turn that came 10 ms late, as long as it was late", () => {
    const loop = new Loop().turn(100);
    expect(loop.taken()).toEqual([]);
    loop.pass(10.9);
    expect(loop.taken()).toEqual([]);
    const atNs = loop.nowNs;
    loop.pass(1501);
    expect(loop.taken()).toEqual([
      { worker: 7, fromNs: atNs + ms, toNs: atNs + 1501 * ms, cause: "stopped" },
    ]);
    expect(loop.taken()).toEqual([]);
  });

  it("is not the wait that the loop asked for", () => {
    const loop = new Loop().turn(1);
    loop.pauses.waits(loop.nowNs, loop.nowNs + 500 * ms);
    loop.nowNs += 505 * ms;
    loop.awakeNs = loop.nowNs;
    loop.pauses.turned(loop.nowNs);
    expect(loop.taken()).toEqual([]);
  });

  it("is a turn that took 10 ms", () => {
    const loop = new Loop().turn(1);
    loop.pauses.waits(loop.nowNs, loop.nowNs + 500 * ms);
    const awakeNs = loop.nowNs + 3 * ms;
    loop.nowNs += 18 * ms;
    loop.ran += 15;
    loop.events += 2000;
    loop.awakeNs = awakeNs;
    loop.pauses.turned(loop.nowNs);
    expect(loop.taken()).toEqual([
      { worker: 7, fromNs: awakeNs, toNs: loop.nowNs, cause: "input" },
    ]);
  });

  it("is noted by the first reply that is handed out after it", () => {
    const loop = new Loop().turn(10);
    const { disturbance } = loop.pauses;
    loop.pauses.waits(loop.nowNs, loop.nowNs + ms);
    const dueNs = loop.nowNs + ms;
    expect(disturbance.meets(dueNs, dueNs + 9 * ms)).toBe(false);
    expect(disturbance.meets(dueNs, dueNs + 30 * ms)).toBe(true);
    expect(disturbance.meets(dueNs + 31 * ms, dueNs + 32 * ms)).toBe(false);
    loop.nowNs = dueNs + 32 * ms;
    loop.awakeNs = dueNs + 30 * ms;
    loop.pauses.turned(loop.nowNs);
    expect(loop.taken()).toEqual([
      { worker: 7, fromNs: dueNs, toNs: dueNs + 30 * ms, cause: "stopped" },
    ]);
  });

  it("goes on where another follows at once", () => {
    const loop = new Loop().turn(10);
    const atNs = loop.nowNs;
    loop.pass(101);
    const awakeNs = loop.nowNs;
    loop.pauses.waits(loop.nowNs, loop.nowNs + 20 * ms);
    loop.nowNs += 14 * ms;
    loop.ran += 14;
    loop.awakeNs = awakeNs;
    loop.pauses.turned(loop.nowNs);
    expect(loop.taken()).toEqual([
      { worker: 7, fromNs: atNs + ms, toNs: loop.nowNs, cause: "stopped" },
    ]);
    expect(loop.pauses.disturbance.totalNs).toBe(114 * ms);
  });
});

describe("its cause", () => {
  const causeOf = (change: (loop: Loop) => void) => {
    const loop = new Loop().turn(10);
    loop.pauses.waits(loop.nowNs, loop.nowNs + ms);
    loop.nowNs += 101 * ms;
    change(loop);
    loop.awakeNs = loop.nowNs;
    loop.pauses.turned(loop.nowNs);
    return loop.taken()[0]?.cause;
  };

  it("is the run queue, where the thread was ready and had no CPU", () => {
    expect(causeOf((loop) => (loop.waited += 60))).toBe("cpu");
    expect(causeOf((loop) => (loop.waited += 40))).toBe("stopped");
  });

  it("is the hypervisor, where it took as much", () => {
    expect(causeOf((loop) => Object.assign(loop, { waited: 60, stolen: 80 }))).toBe("steal");
    expect(causeOf((loop) => (loop.stolen += 60))).toBe("steal");
    expect(causeOf((loop) => Object.assign(loop, { waited: 90, stolen: 60 }))).toBe("cpu");
  });

  it("is a flood of input, where the thread ran for it, and else not known", () => {
    expect(causeOf((loop) => Object.assign(loop, { ran: 100, events: 5000 }))).toBe("input");
    expect(causeOf((loop) => Object.assign(loop, { ran: 100, events: 5 }))).toBe("unknown");
  });

  it("is the garbage collector, as soon as Node has reported it", () => {
    const loop = new Loop().turn(10);
    loop.ran += 100;
    const atNs = loop.nowNs;
    loop.pass(101);
    expect(loop.pauses.take(loop.nowNs)).toEqual([]);
    loop.pauses.collected(atNs + 20 * ms, atNs + 90 * ms);
    loop.turn(60);
    expect(loop.pauses.take(loop.nowNs)[0]?.cause).toBe("gc");
  });

  it("is not known where the system reports no times of threads", () => {
    const loop = new Loop();
    loop.knows = false;
    const blind = new Pauses(0, loop, loop.nowNs, loop);
    blind.turned(loop.nowNs);
    blind.waits(loop.nowNs, loop.nowNs);
    blind.turned(loop.nowNs + 50 * ms);
    expect(blind.take(loop.nowNs + 50 * ms, true)[0]?.cause).toBe("unknown");
  });
});

describe("what a pause leaves behind", () => {
  /** A pause of 100 ms, after which arrivals `lateMs` old are next. */
  const paused = () => new Loop().turn(10).pass(101);
  const disturbs = ({ pauses }: Loop, intendedNs: number) =>
    pauses.disturbance.meets(intendedNs, intendedNs);

  it("is nothing, where all that was due has left at once", () => {
    const loop = paused();
    const endNs = loop.nowNs;
    expect(loop.pauses.isBehind).toBe(true);
    loop.pauses.check(loop.nowNs, idle);
    expect(loop.pauses.isBehind).toBe(false);
    expect(disturbs(loop, endNs)).toBe(true);
    expect(disturbs(loop, endNs + 1)).toBe(false);
  });

  it("is disturbed until no arrival is late any more", () => {
    const loop = paused();
    const endNs = loop.nowNs;
    // The backlog of 100 ms shrinks by half of the time that passes.
    for (let i = 0; i < 198; i++) {
      loop.turn(1);
      loop.pauses.check(loop.nowNs, {
        nextIntendedNs: loop.nowNs - (100 - i / 2) * ms,
        inFlight: 0,
      });
      expect(loop.pauses.isBehind).toBe(true);
    }
    loop.turn(1);
    loop.pauses.check(loop.nowNs, { nextIntendedNs: loop.nowNs - ms, inFlight: 0 });
    expect(loop.pauses.isBehind).toBe(false);
    expect(disturbs(loop, endNs + 199 * ms)).toBe(true);
    expect(disturbs(loop, endNs + 200 * ms)).toBe(false);
    expect(loop.pauses.disturbance.totalNs).toBe(299 * ms);
  });

  it("ends where a queue gets no shorter: it is the server's", () => {
    const loop = paused();
    let nextIntendedNs = loop.nowNs - 100 * ms;
    let turns = 0;
    for (; loop.pauses.isBehind && turns < 1000; turns++) {
      loop.turn(1);
      nextIntendedNs += 0.8 * ms;
      loop.pauses.check(loop.nowNs, { nextIntendedNs, inFlight: 5 });
    }
    // Until what was due at the pause's end has left: 100 ms at 0.8 of the rate.
    expect(turns).toBe(126);
  });

  it("lasts until what the burst put in flight has come back, and not for ever", () => {
    const loop = new Loop().turn(10);
    loop.pauses.watch({ ...idle, inFlight: 3 });
    loop.pass(101);
    const busy = (inFlight: number) => {
      loop.turn(1);
      loop.pauses.check(loop.nowNs, { ...idle, inFlight });
      return loop.pauses.isBehind;
    };
    expect(busy(90)).toBe(true);
    expect(busy(4)).toBe(true);
    expect(busy(3)).toBe(false);
    loop.pass(101);
    let turns = 0;
    while (busy(90)) turns++;
    expect(turns).toBe(200);
  });
});
