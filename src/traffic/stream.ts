import { doubleZero } from "../base/v8-double.ts";
import { emptyKey } from "../messages/message.ts";
import { counter, phaseAt } from "../metrics/snapshot.ts";
import type { ProtocolSession } from "../protocols/protocol.ts";
import { globalIndexOf, type SchedulePortion } from "../schedule/portion.ts";
import type { ConnectionPlan, ConnectionUser } from "./connections/connection-user.ts";
import { Connections } from "./connections/connections.ts";
import { lastingConnections } from "./connections/lasting-connections.ts";
import type { Mix } from "./mix.ts";
import { PhasedTraffic, quotaOf, totalExchanges } from "./phased-traffic.ts";
import type { OneWayInput } from "./protocol/one-way-input.ts";
import { errorSide } from "./replies/error-side.ts";
import type { Sender } from "./sender.ts";
import { countUnsent } from "./shortfall.ts";
import { SlotQueue } from "./slot-queue.ts";
import type { TrafficContext } from "./traffic.ts";

/** Sends at most this many in one turn, so that flow control and errors are noticed in time. */
const mostPerTurn = 512;

/** No transport gains from more than that in a row. */
const mostPerRun = 64;

export interface StreamParts {
  readonly sender: Sender;
  /** What a connection goes through before it counts as open; null: nothing. */
  readonly steps: ConnectionPlan["steps"];
  /** What is spoken; null: messages are sent as they are. */
  readonly session: ProtocolSession | null;
  /** What reads what the peer says; null: it is counted as bytes alone. */
  readonly input: OneWayInput | null;
  /** Several messages; null: there is one. */
  readonly mix: Mix | null;
  /** Arrivals of this worker (open model); null: as fast as the transport takes them. */
  readonly arrivals: SchedulePortion | null;
}

/**
 * One-way messages, at a rate or as fast as they go, each on the connection that has been idle
 * longest. What is due at the same time leaves in runs of equal length, as a transport may send what is
 * for one connection in one go. What arrives is counted by the sink (servers/), which reads the stamps; here only what
 * was sent is known, and what comes back is counted as bytes; a protocol says what it is. A broadcast is such a stream, heard by many
 * (broadcast/); its messages carry the time they were sent at.
 *
 * A slot stands in the ring while it is open and its transport takes bytes.
 */
export class StreamTraffic extends PhasedTraffic implements ConnectionUser {
  readonly #context: TrafficContext;
  readonly #parts: StreamParts;
  protected readonly connections: Connections;
  readonly #ready: SlotQueue;
  readonly #sequence: Float64Array;
  readonly #quota: number;
  readonly #key = emptyKey();
  /** The number in the workload of what this worker begins, by its own count; null: no message says it. */
  readonly #numberOf: ((begun: number) => number) | null;
  /** Whether anybody wants to know when a message is sent. */
  readonly #readsClock: boolean;
  /** Whether messages say when they were sent. */
  readonly #times: boolean;
  /** Uint8, per slot: whether its transport takes nothing; null: only what stands in the ring is sent. */
  readonly #full: Uint8Array | null;
  #begun = 0;
  #freedNs = doubleZero;

  constructor(context: TrafficContext, parts: StreamParts) {
    super(context, context.workload.durationNs);
    const { portion } = context;
    const slots = portion.connections;
    this.#context = context;
    this.#parts = parts;
    this.#ready = new SlotQueue(slots, 1);
    this.#sequence = new Float64Array(slots);
    this.#full = parts.input === null ? null : new Uint8Array(slots);
    this.#quota = quotaOf(context, parts.arrivals, totalExchanges(context));
    const { number, sentNs, source, times } = parts.sender.uses;
    this.#numberOf = number ? globalIndexOf(portion) : null;
    this.#readsClock = parts.arrivals !== null || times || sentNs;
    this.#times = times;
    this.connections = new Connections(
      context,
      lastingConnections(context, parts),
      this.clock,
      this,
      source,
    );
    parts.input?.attach({
      clock: this.clock,
      transport: this.connections.transport,
      takes: (slot) => this.#full?.[slot] === 0 && this.connections.isOpen(slot),
      filled: (slot) => this.#filled(slot),
      broken: (slot) => this.connections.close(slot, "fin"),
    });
  }

  start(nowNs: number): number {
    const { beginNs } = this.clock;
    let nextNs = this.connections.start(nowNs);
    if (this.ended) return nextNs;
    nextNs = Math.min(nextNs, this.#parts.input?.start(nowNs) ?? nextNs);
    if (nowNs < Math.min(beginNs, this.clock.endNs)) {
      return Math.min(nextNs, beginNs, this.clock.endNs);
    }
    nextNs = Math.min(nextNs, this.#sendDue(nowNs));
    if (this.#begun >= this.#quota && this.#parts.arrivals === null) this.clock.endAt(nowNs);
    const { endNs } = this.clock;
    if (nowNs < endNs) return Math.min(nextNs, endNs);
    const lastNs = this.lastSendNs;
    if (this.#nextNs(nowNs) <= nowNs && nowNs < lastNs) return Math.min(nextNs, lastNs);
    this.#finish();
    return nowNs;
  }

  get nextIntendedNs(): number {
    const isOpen = this.#parts.arrivals !== null && !this.ended;
    return isOpen ? this.#nextNs(0) : Number.POSITIVE_INFINITY;
  }

  get inFlight(): number {
    return 0;
  }

  #nextNs(nowNs: number): number {
    if (this.#begun >= this.#quota) return Number.POSITIVE_INFINITY;
    const { arrivals } = this.#parts;
    const dueNs = arrivals === null ? nowNs : this.clock.beginNs + arrivals.intendedNs(this.#begun);
    return dueNs < this.clock.endNs ? dueNs : Number.POSITIVE_INFINITY;
  }

  /** Sends what is due. @returns when the next is */
  #sendDue(nowNs: number): number {
    let nextNs = this.#nextNs(nowNs);
    if (nextNs > nowNs) return nextNs;
    const perRun = this.#perRun(nowNs);
    let slot = -1;
    let run = 0;
    for (let budget = mostPerTurn; budget > 0; budget--) {
      nextNs = this.#nextNs(nowNs);
      if (nextNs > nowNs) break;
      if (run === 0) {
        slot = this.#takeOpen();
        run = perRun;
      }
      if (slot < 0) return Number.POSITIVE_INFINITY;
      run--;
      const passed = this.#send(slot, nextNs);
      if (!passed) run = 0;
      else if (run === 0) this.#ready.push(slot);
    }
    if (run > 0) this.#ready.push(slot);
    return nextNs;
  }

  /** What is due now, divided by the connections that are ready; 1 to `mostPerRun`. */
  #perRun(nowNs: number): number {
    const { arrivals } = this.#parts;
    const due =
      arrivals === null
        ? mostPerTurn
        : Math.min(mostPerTurn, arrivals.due(nowNs - this.clock.beginNs) - this.#begun);
    return Math.max(1, Math.min(mostPerRun, Math.floor(due / this.#ready.count)));
  }

  /** @returns a slot that takes bytes, or -1 */
  #takeOpen(): number {
    while (!this.#ready.isEmpty) {
      const slot = this.#ready.take();
      if (this.connections.isOpen(slot) && this.#full?.[slot] !== 1) return slot;
    }
    return -1;
  }

  /** The slot's transport takes nothing more until it has drained. */
  #filled(slot: number): void {
    if (this.#full !== null) this.#full[slot] = 1;
  }

  /** @returns whether the slot takes more now */
  #send(slot: number, intendedNs: number): boolean {
    const { portion } = this.#context;
    const { sender, mix } = this.#parts;
    const at = this.clock.at(intendedNs);
    const sequence = this.#sequence[slot] as number;
    const connection = portion.firstConnection + slot;
    const recorder = mix === null ? this.#context.recorder : mix.recorderOf(connection, sequence);
    this.#sequence[slot] = sequence + 1;
    const key = this.#key;
    if (this.#numberOf !== null) key.number = this.#numberOf(this.#begun);
    this.#begun++;
    const nowNs = this.#readsClock ? this.#context.now() : 0;
    if (this.#parts.arrivals !== null) {
      recorder.lag(at, intendedNs, this.#freedNs, nowNs);
    }
    key.slot = slot;
    key.connection = connection;
    key.sequence = sequence;
    key.sentNs = nowNs;
    key.source = this.connections.sourceOf(slot);
    if (this.#times) {
      key.intendedNs = intendedNs;
      key.phase = phaseAt(at);
    }
    const passed = sender.send(this.connections.transport, key);
    recorder.sent(at, sender.lastBytes);
    if (!passed) this.#filled(slot);
    return passed;
  }

  ready(slot: number, nowNs: number): void {
    this.#parts.input?.opened(slot);
    if (this.#full !== null) this.#full[slot] = 0;
    this.#takes(slot, nowNs);
  }

  /** The slot takes bytes. */
  #takes(slot: number, nowNs: number): void {
    if (this.#ready.standing(slot) > 0) return;
    const wasEmpty = this.#ready.isEmpty;
    if (wasEmpty) this.#freedNs = nowNs;
    this.#ready.push(slot);
    if (nowNs < this.clock.beginNs || this.ended) return;
    // A turn may last: what waited for a connection goes now, a turn's worth at most.
    this.#sendDue(nowNs);
    if (wasEmpty && !this.#ready.isEmpty) this.#context.io.wake();
  }

  drained(slot: number, nowNs: number): void {
    if (!this.connections.isOpen(slot)) return;
    if (this.#full !== null) {
      this.#full[slot] = 0;
      this.#parts.input?.drained(slot);
      if (this.#full[slot] === 1) return;
    }
    this.#takes(slot, nowNs);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const at = this.clock.at(nowNs);
    this.#context.recorder.count(at, counter.bytesReceived, end - start);
    if (this.connections.isOpen(slot)) this.#parts.input?.received(slot, bytes, start, end);
  }

  receivedFrom(): void {}

  lost(slot: number, code: string | null, own: boolean, nowNs: number): boolean {
    if (!own && code !== null) {
      const { recorder, portion } = this.#context;
      const client = portion.firstConnection + slot;
      recorder.failed(client, code, errorSide(code), this.clock.at(nowNs));
    }
    return false;
  }

  failed(): void {}

  #finish(): void {
    this.ended = true;
    const { arrivals } = this.#parts;
    if (arrivals !== null) {
      countUnsent(this.#context, this.clock, arrivals, this.#begun, 1, this.#ready.isEmpty);
    }
    this.connections.end("fin");
  }
}
