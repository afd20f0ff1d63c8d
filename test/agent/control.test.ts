import { expect, it } from "vitest";
import { Control } from "../../src/agent/control.ts";

it("carries times between threads, and shows that they have changed", () => {
  const agent = Control.create(3);
  const worker = Control.from(agent.buffer);
  const { version } = worker;
  const unknown = {
    openAtNs: Number.POSITIVE_INFINITY,
    beginAtNs: Number.POSITIVE_INFINITY,
    endAtNs: Number.POSITIVE_INFINITY,
    zeroNs: Number.POSITIVE_INFINITY,
  };
  expect(worker.get(2)).toEqual(unknown);
  agent.set(2, { beginAtNs: 5 });
  expect(worker.version).not.toBe(version);
  expect(worker.get(2)).toEqual({ ...unknown, beginAtNs: 5 });
  agent.set(2, { endAtNs: 7, zeroNs: 3 });
  expect(worker.get(2)).toEqual({
    openAtNs: unknown.openAtNs,
    beginAtNs: 5,
    endAtNs: 7,
    zeroNs: 3,
  });
  expect(worker.get(1)).toEqual(unknown);
});
