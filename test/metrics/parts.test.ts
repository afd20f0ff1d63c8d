import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { WorkloadAccumulator } from "../../src/metrics/accumulator.ts";
import { Disturbance } from "../../src/metrics/disturbance/disturbance.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { counter, momentOf, phase, type Snapshot } from "../../src/metrics/snapshot.ts";
import { rounds } from "../support/fuzz.ts";

/** What a worker records of exchanges, whichever recorder it is that each is recorded by. */
function story(seed: number, of: (exchange: number) => Recorder): void {
  const random = createRandom(seed);
  const below = (count: number) => Math.floor(random.float() * count);
  for (let exchange = 0; exchange < 300; exchange++) {
    const recorder = of(exchange);
    const at = momentOf(below(2) === 0 ? phase.warmUp : phase.steady, below(3) - 1);
    const ns = 1000 + below(5_000_000);
    const client = below(30);
    recorder.sent(at, 64);
    recorder.lag(at, 5e9, 0, 5e9 + below(10_000));
    switch (below(5)) {
      case 0:
        recorder.timedOut(at, ns, ns, 6e9);
        recorder.failed(client, "TIMEOUT", "target", at);
        break;
      case 1:
        recorder.count(at, counter.exchangesFailed, 1);
        recorder.error("EOF", "target", at);
        break;
      default:
        recorder.reply.set([ns, ns, 6e9]);
        if (recorder.answeredAs(at, at)) recorder.slow(at, client, ns);
        recorder.status(at, 200 + below(2));
        recorder.count(at, counter.bytesReceived, 32);
    }
  }
}

/** Without what rounding makes depend on the grouping, and in one order. */
function comparable(snapshot: Snapshot): unknown {
  const text = JSON.stringify(snapshot, (key, value) => {
    if (key === "sumOfSquares" || key === "parts") return undefined;
    if (key === "errors") return [...value].map((error) => JSON.stringify(error)).sort();
    return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  });
  return JSON.parse(text);
}

describe("parts of a workload", () => {
  test("that add up: the workload's snapshot is that of one recorder of all of it", () => {
    const one = new Recorder(0, 0, 0);
    const parted = new Recorder(0, 0, 0, undefined, false, undefined, { count: 3, addUp: true });
    for (const recorder of [one, parted]) recorder.opened();
    // Interval by interval of the same recorders, as making them takes longer than the rest.
    for (let seed = 1; seed <= rounds(20, 2000); seed++) {
      for (const recorder of [one, parted]) recorder.count(phase.connect, counter.opened, 1);
      story(seed, () => one);
      // Some are nobody's: counted of the whole.
      story(seed, (exchange) => parted.parts[exchange % 4] ?? parted);
      const whole = parted.snapshot(7e9);
      expect(comparable(whole)).toEqual(comparable(one.snapshot(7e9)));
      expect(whole.parts?.map(({ open }) => open)).toEqual([0, 0, 0]);
      // The next interval begins from zero.
      expect(comparable(parted.snapshot(8e9))).toEqual(comparable(one.snapshot(8e9)));
    }
  });

  test("that do not add up are beside what is counted of the whole", () => {
    const recorder = new Recorder(0, 0, 0, undefined, false, undefined, { count: 2, addUp: false });
    const at = momentOf(phase.steady, 0);
    for (const part of recorder.parts) part.sent(at, 10);
    recorder.sent(at, 20);
    const { parts = [], ...whole } = recorder.snapshot(1e9);
    const sentOf = ({ counters }: Pick<Snapshot, "counters">) =>
      counters[phase.steady * (counters.length / 4) + counter.sent];
    expect([whole, ...parts].map(sentOf)).toEqual([1, 1, 1]);
  });

  test("an accumulator sums each over workers and intervals", () => {
    const accumulator = new WorkloadAccumulator(0, 0, 2);
    accumulator.begin(1e9);
    for (const worker of [0, 1]) {
      const parts = { count: 2, addUp: true };
      const recorder = new Recorder(0, worker, 0, undefined, false, undefined, parts);
      for (const [index, part] of recorder.parts.entries()) {
        for (let i = 0; i <= index; i++) part.sent(momentOf(phase.steady, 0), 10);
      }
      accumulator.add(recorder.snapshot(1.5e9));
      accumulator.add(recorder.snapshot(2e9));
      accumulator.workerExited(worker);
    }
    expect(accumulator.count("sent")).toBe(6);
    expect(accumulator.parts.map((part) => part.count("sent"))).toEqual([2, 4]);
    expect(accumulator.parts[1]?.seconds(0, 1)).toHaveLength(1);
  });

  test("what a pause disturbed is known of each, and of the whole", () => {
    const disturbance = new Disturbance();
    // What took longer than 2 ms was due in the pause.
    disturbance.untilNs = 6e9 - 2e6;
    const recorder = new Recorder(0, 0, 0, undefined, false, disturbance, {
      count: 2,
      addUp: true,
    });
    story(1, (exchange) => recorder.parts[exchange % 2] as Recorder);
    const { seconds, parts = [] } = recorder.snapshot(7e9);
    const disturbedIn = (some: Snapshot["seconds"]) =>
      some.reduce((sum, one) => sum + (one.disturbed?.responseTime.count ?? 0), 0);
    const byPart = parts.map((part) => disturbedIn(part.seconds));
    expect(Math.min(...byPart)).toBeGreaterThan(0);
    expect(disturbedIn(seconds)).toBe((byPart[0] ?? 0) + (byPart[1] ?? 0));
  });
});
