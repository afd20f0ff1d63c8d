import { expect, test } from "vitest";
import { listenForInterrupts } from "../../../src/cli/terminal/interrupts.ts";

test("counts requests, and signals in quick succession as one", () => {
  let nowNs = 0;
  const requests: number[] = [];
  const listener = listenForInterrupts(() => nowNs);
  listener.onRequest = (count) => requests.push(count);
  const signals: readonly (readonly [number, NodeJS.Signals])[] = [
    [1e9, "SIGINT"],
    [1.001e9, "SIGINT"],
    [1.29e9, "SIGHUP"],
    [1.31e9, "SIGTERM"],
    [1.32e9, "SIGINT"],
    [5e9, "SIGHUP"],
  ];
  for (const [atNs, signal] of signals) {
    nowNs = atNs;
    process.emit(signal, signal);
  }
  listener.stop();
  expect(requests).toEqual([1, 2, 3]);
  expect(listener.count).toBe(3);
  expect(process.listenerCount("SIGHUP")).toBe(0);
});
