import { protocols } from "../address/protocol.ts";
import { doubleZero } from "../base/v8-double.ts";
import { intendedTimeNs, sentPhase, sentTimeNs } from "../messages/send-time.ts";
import { stampConnection, stampSequence, stampTag, stampWorkload } from "../messages/stamp.ts";
import type { SubscriptionReport } from "../metrics/broadcast/membership-rows.ts";
import { arrival } from "../metrics/broadcast/sequence-tracker.ts";
import { counter, momentOf, type Phase, phases, secondAt } from "../metrics/snapshot.ts";
import type { ProtocolSession } from "../protocols/protocol.ts";
import type { ConnectionPlan, ConnectionUser } from "./connections/connection-user.ts";
import { Connections } from "./connections/connections.ts";
import { lastingConnections } from "./connections/lasting-connections.ts";
import type { ReopenCause } from "./connections/reopening.ts";
import { PhasedTraffic } from "./phased-traffic.ts";
import type { OneWayInput } from "./protocol/one-way-input.ts";
import { errorSide, failure } from "./replies/error-side.ts";
import { StampScanner, type StampSink } from "./subscriptions/stamp-scanner.ts";
import { Subscribers } from "./subscriptions/subscribers.ts";
import type { Publisher, TrafficContext } from "./traffic.ts";

/** At the end, what is still on its way is waited for: until nothing has come for so long, at most for `timeout`. */
const quiet = { perDelivery: 4, leastNs: 500e6 };

const notPublishing = -1;

export interface SubscribeParts {
  /** What a connection goes through before it counts as open: it has subscribed then; null: nothing. */
  readonly steps: ConnectionPlan["steps"];
  /** What is spoken; null: nothing that has to be known. */
  readonly session: ProtocolSession | null;
  /** What reads what the peer says besides; null: it says nothing that matters. */
  readonly input: OneWayInput | null;
  /** Workloads whose messages arrive here. */
  readonly publishers: readonly Publisher[];
}

/**
 * Connections that receive what other workloads publish. Messages are known by their stamps, wherever these stand in what
 * arrives, and are counted in the phase that they were due in. Delivery latency runs from a message's intended send time:
 * it stands in the place of the response time, and what it took from the actual send time in that of the service time.
 */
export class SubscribeTraffic extends PhasedTraffic implements ConnectionUser, StampSink {
  readonly #context: TrafficContext;
  readonly #parts: SubscribeParts;
  protected readonly connections: Connections;
  readonly #scanner = new StampScanner(this);
  readonly #subscribers: Subscribers;
  /** By the index of a workload in stamps: the first of its connections among all that publish; `notPublishing`. */
  readonly #firstOf = new Int32Array(256).fill(notPublishing);
  /** The same: how many connections it has. */
  readonly #connectionsOf = new Float64Array(256);
  readonly #isDatagram: boolean;
  readonly #closeError: string | null;
  /** Slots whose transport takes nothing more for now. */
  readonly #full = new Set<number>();
  #nowNs = null as unknown as number;
  #foreign = 0;
  /** Since when it has been over, and what is on its way is waited for. */
  #drainsSinceNs = Number.POSITIVE_INFINITY;
  /** When the last delivery came; and the longest that one took. */
  #lastNs = doubleZero;
  #longestNs = doubleZero;
  /** When what arrived last had been sent, in this pass and in the one before; Infinity: nothing arrived in it. */
  #sentNs = Number.POSITIVE_INFINITY;
  #backlogNs = Number.POSITIVE_INFINITY;
  #rows: Float64Array = new Float64Array();

  constructor(context: TrafficContext, parts: SubscribeParts) {
    super(context, context.workload.durationNs);
    const { workload, portion } = context;
    const slots = portion.connections;
    this.#context = context;
    this.#parts = parts;
    this.#isDatagram = protocols[workload.protocol].isDatagram;
    this.#closeError = workload.expectClose ? null : failure.closedByTarget;
    let publishers = 0;
    for (const { index, connections } of parts.publishers) {
      this.#firstOf[index] = publishers;
      this.#connectionsOf[index] = connections;
      publishers += connections;
    }
    this.#subscribers = new Subscribers(slots, publishers, portion.firstConnection);
    this.connections = new Connections(
      context,
      lastingConnections(context, parts),
      this.clock,
      this,
    );
    parts.input?.attach({
      clock: this.clock,
      transport: this.connections.transport,
      takes: (slot) => !this.#full.has(slot) && this.connections.isOpen(slot),
      filled: (slot) => this.#full.add(slot),
      broken: (slot, cause) => this.#broken(slot, cause),
    });
  }

  // Traffic

  start(nowNs: number): number {
    this.#backlogNs = this.#sentNs;
    this.#sentNs = Number.POSITIVE_INFINITY;
    let nextNs = this.connections.start(nowNs);
    if (this.ended) return nextNs;
    nextNs = Math.min(nextNs, this.#parts.input?.start(nowNs) ?? nextNs);
    const { beginNs, endNs } = this.clock;
    if (nowNs < Math.min(beginNs, endNs)) return Math.min(nextNs, beginNs, endNs);
    if (nowNs < endNs) return Math.min(nextNs, endNs);
    // Others may have ended before this is known here.
    this.#drainsSinceNs = Math.min(this.#drainsSinceNs, nowNs);
    const sinceNs = this.#drainsSinceNs;
    const overNs = Math.max(sinceNs, this.#lastNs) + this.#quietNs;
    const lastNs = Math.min(overNs, sinceNs + this.#context.workload.timeoutNs);
    if (nowNs < lastNs) return Math.min(nextNs, lastNs);
    this.ended = true;
    this.#rows = this.#subscribers.rows(sinceNs);
    this.connections.end("fin");
    return nowNs;
  }

  get #quietNs(): number {
    if (this.#lastNs === 0) return this.#context.workload.timeoutNs;
    return Math.max(quiet.leastNs, quiet.perDelivery * this.#longestNs);
  }

  /** How far behind the worker is with reading: what it has read last had been sent that long ago. */
  get nextIntendedNs(): number {
    return this.#backlogNs;
  }

  get inFlight(): number {
    return 0;
  }

  /** What has been received; known when `done`. */
  get subscriptions(): SubscriptionReport {
    return { rows: this.#rows, foreign: this.#foreign };
  }

  // Events of the connections

  ready(slot: number, nowNs: number): void {
    this.#scanner.reset(slot);
    this.#full.delete(slot);
    this.#parts.input?.opened(slot);
    this.#subscribers.joined(slot, nowNs);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    if (this.ended || !this.connections.isOpen(slot)) return;
    this.#nowNs = nowNs;
    this.#context.recorder.count(this.clock.at(nowNs), counter.bytesReceived, end - start);
    if (this.#isDatagram) this.#scanner.feedWhole(slot, bytes, start, end);
    else this.#scanner.feed(slot, bytes, start, end);
    this.#parts.input?.received(slot, bytes, start, end);
  }

  /** Nothing more can be read of the slot's connection. */
  #broken(slot: number, cause: ReopenCause): void {
    const nowNs = this.#nowNs;
    this.#subscribers.left(slot, nowNs);
    if (!this.#context.workload.reconnect) this.connections.close(slot, "reset");
    else this.connections.reopen(slot, cause, "reset", nowNs, null, true);
  }

  stamp(slot: number, bytes: Uint8Array, at: number): boolean {
    const workload = stampWorkload(bytes, at);
    const connection = stampConnection(bytes, at);
    const first = this.#firstOf[workload] as number;
    const phase = sentPhase(bytes, at);
    if (
      first === notPublishing ||
      stampTag(bytes, at) !== this.#context.tag ||
      connection >= (this.#connectionsOf[workload] as number) ||
      phase >= phases.length
    ) {
      this.#foreign++;
      return false;
    }
    const nowNs = this.#nowNs;
    const intendedNs = intendedTimeNs(bytes, at);
    const sentNs = sentTimeNs(bytes, at);
    const kind = this.#subscribers.take(slot, first + connection, stampSequence(bytes, at));
    const { recorder } = this.#context;
    const moment = momentOf(phase as Phase, secondAt(this.clock.at(intendedNs)));
    if (kind === arrival.duplicate) {
      recorder.count(moment, counter.duplicated, 1);
      return true;
    }
    if (kind === arrival.reordered) recorder.count(moment, counter.reordered, 1);
    const latencyNs = nowNs - intendedNs;
    const { reply } = recorder;
    reply[0] = latencyNs;
    reply[1] = nowNs - sentNs;
    reply[2] = nowNs;
    if (recorder.answeredAs(moment, this.clock.at(nowNs))) {
      recorder.slow(moment, this.#client(slot), this.#context.now());
    }
    this.#lastNs = nowNs;
    this.#sentNs = sentNs;
    if (latencyNs > this.#longestNs) this.#longestNs = latencyNs;
    return true;
  }

  receivedFrom(): void {}

  drained(slot: number): void {
    this.#full.delete(slot);
    this.#parts.input?.drained(slot);
  }

  lost(slot: number, code: string | null, own: boolean, nowNs: number): boolean {
    this.#scanner.reset(slot);
    if (!this.ended) this.#subscribers.left(slot, nowNs);
    const reason = code ?? this.#closeError;
    if (!own && reason !== null) {
      const at = this.clock.at(nowNs);
      this.#context.recorder.failed(this.#client(slot), reason, errorSide(reason), at);
    }
    return false;
  }

  failed(): void {}

  #client(slot: number): number {
    return this.#context.portion.firstConnection + slot;
  }
}
