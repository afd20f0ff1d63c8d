import { expect, test } from "vitest";
import { renderProgressLine } from "../../../src/cli/terminal/progress-line.ts";
import { progressSample } from "./samples.ts";

test("shows the same in one plain line", () => {
  expect(renderProgressLine(progressSample())).toBe(
    "12 s steady, 28 s left" +
      " | idle: steady, 95,000/95,000 open, 0/s, 0 errors" +
      " | chatter: steady, 5,000/5,000 open, 20,004/s of 20,000/s, p50 210 us p99 1.42 ms max 5.10 ms, 3 errors",
  );
});

test("leaves out what is not known yet", () => {
  const early = {
    ...progressSample(),
    state: "planning" as const,
    remainingNs: null,
    workloads: [],
  };
  expect(renderProgressLine(early)).toBe("12 s planning");
});
