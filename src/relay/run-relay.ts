import type { Endpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import type { Io } from "../io/io.ts";
import type { Relay } from "./relay.ts";

/** A relay may forward slightly later, if that avoids a busy-waiting thread. */
const slackNs = 3e6;

/** Time for reset connections to close, ns. */
const mostEndingNs = 2e9;

/** How the user stops the relay. */
export interface RelayControl {
  /** How often the user requested a stop: the first drains, the second ends at once. */
  readonly requests: number;
}

export interface RelayReporter {
  listening(endpoints: readonly Endpoint[]): void;
  draining(open: number): void;
  /** `cut` links were still open when the relay ended, and were ended by it. */
  cut(cut: number): void;
}

/**
 * Runs a relay until the user stops it; then waits at most `drainNs` for its links to end.
 *
 * @throws (rejects with) an Error whose `code` is the errno name, where it cannot listen
 */
export async function runRelay(
  io: Io,
  relay: Relay,
  control: RelayControl,
  reporter: RelayReporter,
  drainNs: number,
): Promise<void> {
  try {
    reporter.listening(await relay.listen());
    while (control.requests === 0) await turn(io, relay);
    relay.drain();
    if (relay.stats.open > 0) reporter.draining(relay.stats.open);
    const deadlineNs = monotonicNs() + drainNs;
    while (control.requests < 2 && !relay.drained(monotonicNs()) && monotonicNs() < deadlineNs) {
      await turn(io, relay);
    }
    if (!relay.drained(monotonicNs())) reporter.cut(relay.stats.open);
    relay.abort();
    const endNs = monotonicNs() + mostEndingNs;
    while (relay.stats.open > 0 && monotonicNs() < endNs) await turn(io, relay);
  } finally {
    await io.end();
  }
}

async function turn(io: Io, relay: Relay): Promise<void> {
  const nowNs = monotonicNs();
  relay.tick(nowNs);
  const turned = io.turn(relay.nextDeadlineNs(nowNs), slackNs);
  if (turned !== undefined) await turned;
}
