import { describe, expect, test } from "vitest";
import { createProgressView } from "../../../src/cli/terminal/progress.ts";
import { progressSample } from "./samples.ts";

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 100, rows: 24, written, write: (text: string) => written.push(text) };
}

const loud = { quiet: false, color: false, unicode: true, term: "xterm" };
const at = (seconds: number) => ({ ...progressSample(), elapsedNs: seconds * 1e9 });

describe("on a terminal", () => {
  test("draws at most four times a second of the run", () => {
    const screen = stream(true);
    const view = createProgressView(screen, loud);
    for (let ms = 0; ms < 2000; ms += 20) view.show(at(ms / 1000));
    expect(screen.written).toHaveLength(8);
  });

  test("a source that ticks four times a second, give or take, loses nothing", () => {
    const screen = stream(true);
    const view = createProgressView(screen, loud);
    for (const ms of [260, 505, 770, 1001, 1260]) view.show(at(ms / 1000));
    expect(screen.written).toHaveLength(5);
  });

  test("shows the states before the clock runs", () => {
    const screen = stream(true);
    const view = createProgressView(screen, loud);
    for (const state of ["planning", "preflight", "preflight", "starting servers"] as const) {
      view.show({ ...at(0), state });
    }
    expect(screen.written).toHaveLength(3);
  });

  test("leaves the last state on the screen, as it arrived", () => {
    const screen = stream(true);
    const view = createProgressView(screen, loud);
    view.show(at(1));
    view.show({ ...at(1.01), state: "draining" });
    view.end();
    expect(screen.written.slice(-2).join("")).toMatch(/draining.*\n\n$/s);
    expect(screen.written.join("")).not.toContain("\x1b[?");
  });

  test("keeps messages above the block", () => {
    const screen = stream(true);
    const view = createProgressView(screen, loud);
    view.show(at(1));
    view.message("something is odd");
    expect(screen.written.at(-1)).toContain("\x1b[4A\r\x1b[Jsomething is odd\nsteady");
  });

  test("takes 80 by 24 where the terminal does not know its size", () => {
    const screen = { ...stream(true), columns: 0, rows: 0 };
    createProgressView(screen, loud).show(at(1));
    const lines = screen.written.join("").split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(40);
  });
});

describe("elsewhere", () => {
  test.each([
    ["a pipe", stream(false), loud],
    ["a terminal that cannot move the cursor", stream(true), { ...loud, term: "dumb" }],
  ])("%s gets one plain line every five seconds", (_name, out, options) => {
    const view = createProgressView(out, options);
    for (let ms = 0; ms <= 16_000; ms += 250) view.show(at(ms / 1000));
    view.message("a notice");
    view.end();
    expect(out.written.map((text) => text.slice(0, 4))).toEqual(["5 s ", "10 s", "15 s", "a no"]);
    expect(out.written.join("")).not.toContain("\x1b");
  });
});

test("quiet prints nothing", () => {
  for (const out of [stream(true), stream(false)]) {
    const view = createProgressView(out, { ...loud, quiet: true });
    for (let seconds = 0; seconds < 20; seconds++) view.show(at(seconds));
    view.message("a notice");
    view.end();
    expect(out.written).toEqual([]);
  }
});
