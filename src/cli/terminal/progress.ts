/**
 * Shows a run's progress on standard error: a live block on a terminal, a plain line every five
 * seconds elsewhere, nothing when quiet.
 */
import type { Progress } from "../../run/progress.ts";
import { LiveBlock, type Screen } from "./live-block.ts";
import { renderProgress } from "./progress-block.ts";
import { renderProgressLine } from "./progress-line.ts";

/** `process.stderr`, or a substitute in tests. */
export interface ProgressStream extends Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface ProgressView {
  show(progress: Progress): void;
  /** A notice or warning of the run; it stays above the live block. */
  message(text: string): void;
  /** Leaves what was shown last as it is. Call once, before anything else is printed. */
  end(): void;
}

const framesPerSecond = 4;
const lineEveryNs = 5e9;

/**
 * @param quiet silences progress and messages alike
 * @param color see wantsColor
 * @param unicode see wantsUnicode
 * @param term  the environment's TERM: a terminal that cannot move the cursor is called "dumb"
 */
export function createProgressView(
  stream: ProgressStream,
  options: {
    readonly quiet: boolean;
    readonly color: boolean;
    readonly unicode: boolean;
    readonly term: string | undefined;
  },
): ProgressView {
  if (options.quiet) return { show() {}, message() {}, end() {} };
  const live = stream.isTTY === true && options.term !== "dumb";
  return live ? liveView(stream, options) : lineView(stream);
}

function liveView(
  stream: ProgressStream,
  { color, unicode }: { readonly color: boolean; readonly unicode: boolean },
): ProgressView {
  const block = new LiveBlock(stream);
  let latest: Progress | null = null;
  let drawn = "";
  const draw = (progress: Progress): void => {
    // A terminal that does not know its size reports 0.
    const { columns, rows } = stream;
    const size = { columns: columns || 80, rows: rows || 24 };
    block.draw(renderProgress(progress, { ...size, color, unicode }));
  };
  return {
    show(progress) {
      latest = progress;
      // Time in slots, not time since the last frame: a source that is slightly early loses no frame.
      const frame = Math.floor((progress.elapsedNs / 1e9) * framesPerSecond);
      // The clock does not run until traffic begins; the states before it must be shown nevertheless.
      const next = `${frame} ${progress.state}`;
      if (next === drawn) return;
      drawn = next;
      draw(progress);
    },
    message(text) {
      block.print(text);
    },
    end() {
      if (latest === null) return;
      draw(latest);
      block.release();
      stream.write("\n");
    },
  };
}

function lineView(stream: ProgressStream): ProgressView {
  let slot = 0;
  return {
    show(progress) {
      const now = Math.floor(progress.elapsedNs / lineEveryNs);
      if (now <= slot) return;
      slot = now;
      stream.write(`${renderProgressLine(progress)}\n`);
    },
    message(text) {
      stream.write(`${text}\n`);
    },
    end() {},
  };
}
