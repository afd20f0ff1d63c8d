import type { CloseHow, Transport } from "../../io/io.ts";
import type { PhaseClock } from "../phase-clock.ts";
import { failure } from "../replies/error-side.ts";
import type { TrafficContext } from "../traffic.ts";
import { state } from "./states.ts";

/** Closing in order at once at the end: the target's loop has the next ones when these have gone. */
const mostClosing = 1024;

/** What the connections' end needs of them. */
export interface ClosingParts {
  /** By slot; `Connections` owns them: the state, and when the end began; Infinity: a late one is a reset now. */
  readonly states: Uint8Array;
  readonly sinceNs: Float64Array;
  readonly transport: Transport;
  readonly clock: PhaseClock;
  /** The tuple that the slot's connection has. */
  readonly client: (slot: number) => number;
}

/**
 * The end of a workload's connections, each by itself, or all in the end: these close some at a time, and by force what
 * has not closed within `timeout` after the last that did.
 */
export class Closing {
  readonly #context: TrafficContext;
  readonly #parts: ClosingParts;
  /** Whether nothing is opened any more. */
  begun = false;
  /** Slots below have been closed, at most `mostClosing` of them are closing still. */
  #ended = 0;
  #closing = 0;
  #how: CloseHow = "fin";
  /** When connections that do not close in order are reset. */
  #resetAtNs = Number.POSITIVE_INFINITY;
  #overdue = false;

  constructor(context: TrafficContext, parts: ClosingParts) {
    this.#context = context;
    this.#parts = parts;
  }

  begin(how: CloseHow, nowNs: number): void {
    this.begun = true;
    this.#how = how;
    this.#resetAtNs = nowNs + this.#context.workload.timeoutNs;
    this.#closeMore(nowNs);
  }

  /** Closes an open slot, at the end or before. */
  close(slot: number, how: CloseHow): void {
    const { states, sinceNs, transport } = this.#parts;
    states[slot] = state.closing;
    if (!this.begun) sinceNs[slot] = this.#context.now();
    this.#closing++;
    transport.close(slot, how);
  }

  /** A slot that was closed has ended. */
  closed(): void {
    this.#closing--;
  }

  /** A connection has ended: the next ones may close. */
  goOn(nowNs: number): void {
    if (!this.begun) return;
    if (!this.#overdue) this.#resetAtNs = nowNs + this.#context.workload.timeoutNs;
    this.#closeMore(nowNs);
  }

  #closeMore(nowNs: number): void {
    const { states } = this.#parts;
    for (; this.#ended < states.length && this.#closing < mostClosing; this.#ended++) {
      if (states[this.#ended] !== state.open) continue;
      if (this.#overdue) this.#countOverdue(this.#ended, nowNs);
      this.close(this.#ended, this.#how);
    }
  }

  /**
   * A FIN goes out behind all that was sent: a target that does not read would keep us for ever.
   *
   * @returns when to be called next
   */
  resetOverdue(nowNs: number): number {
    if (nowNs < this.#resetAtNs) return this.#resetAtNs;
    const { states } = this.#parts;
    this.#overdue = true;
    this.#resetAtNs = Number.POSITIVE_INFINITY;
    this.#how = "reset";
    for (let slot = 0; slot < states.length; slot++) {
      if (this.isClosing(slot)) this.resetLate(slot, nowNs);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Whether any slot that was closed has not ended yet. */
  get isAny(): boolean {
    return this.#closing > 0;
  }

  /** Whether the slot waits for its connection to end. */
  isClosing(slot: number): boolean {
    const { states } = this.#parts;
    return states[slot] === state.closing || states[slot] === state.leaving;
  }

  resetLate(slot: number, nowNs: number): void {
    const { sinceNs, transport } = this.#parts;
    if (sinceNs[slot] === Number.POSITIVE_INFINITY) return;
    sinceNs[slot] = Number.POSITIVE_INFINITY;
    this.#countOverdue(slot, nowNs);
    transport.close(slot, "reset");
  }

  #countOverdue(slot: number, nowNs: number): void {
    const { client, clock } = this.#parts;
    const at = clock.at(nowNs);
    this.#context.recorder.failed(client(slot), failure.timeout, "target", at);
  }
}
