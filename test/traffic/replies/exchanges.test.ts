import { describe, expect, it } from "vitest";
import { momentOf } from "../../../src/metrics/snapshot.ts";
import { Exchanges, outcome } from "../../../src/traffic/replies/exchanges.ts";

describe("Exchanges", () => {
  it("remembers what was begun, in order, and what became of it", () => {
    const exchanges = new Exchanges(2, 3);
    expect(exchanges.capacity).toBe(4);
    for (let n = 0; n < 4; n++)
      expect(exchanges.begin(1, n * 10, n * 10 + 1, momentOf(2, n - 3))).toBe(n);
    expect(exchanges.hasRoom(1)).toBe(false);
    expect(exchanges.hasRoom(0)).toBe(true);
    expect(exchanges.inFlightTotal).toBe(4);
    expect(exchanges.firstInFlight(1)).toBe(0);
    exchanges.decide(1, 0, outcome.expired);
    exchanges.decide(1, 1, outcome.answered);
    expect(exchanges.firstInFlight(1)).toBe(2);
    expect(exchanges.outcomeOf(1, 0)).toBe(outcome.expired);
    expect(exchanges.momentOf(1, 0)).toBe(momentOf(2, -3));
    expect(exchanges.sentNs(1, 3)).toBe(31);
    exchanges.forgetOldest(1);
    expect(exchanges.outcomeOf(1, 0)).toBe(outcome.none);
    expect(exchanges.begin(1, 40, 41, 3)).toBe(4);
    expect(exchanges.intendedNs(1, 4)).toBe(40);
    expect(exchanges.outcomeOf(1, 5)).toBe(outcome.none);
    expect(exchanges.inFlight(1)).toBe(3);
  });
});
