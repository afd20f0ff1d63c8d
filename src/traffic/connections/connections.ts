import { protocols } from "../../address/protocol.ts";
import { doubleZero } from "../../base/v8-double.ts";
import type { CloseHow, Peer, Transport, TransportEvents } from "../../io/io.ts";
import { emptyKey } from "../../messages/message.ts";
import { counter, type Moment, timing } from "../../metrics/snapshot.ts";
import { DelayRing } from "../delay-queue.ts";
import type { PhaseClock } from "../phase-clock.ts";
import { errorSide, failure } from "../replies/error-side.ts";
import { type Opening, type Progress, progress, type StepsHost } from "../steps/steps.ts";
import type { TrafficContext } from "../traffic.ts";
import { ClientTransport } from "./client-transport.ts";
import { Closing } from "./closing.ts";
import type { ConnectionPlan, ConnectionUser } from "./connection-user.ts";
import { OpenPace } from "./open-pace.ts";
import { causes, type Expired, type Leaving, type ReopenCause } from "./reopening.ts";
import { SlotTuples } from "./slot-tuples.ts";
import { state } from "./states.ts";

/** Turns are short: at most this many connections are begun in one. */
const mostPerTurn = 64;

/** Connections that take too long to open or to end are looked for this often. */
const sweepNs = 100e6;

/** Slots looked at for time-outs in one go: a million would hold up for milliseconds what is due. */
export const sweptAtOnce = 16_384;

/** States of a socket on its way to be open. */
const opening = new Set<number | undefined>([state.connecting, state.rotating, state.preparing]);

/**
 * The connections of one worker for one workload: opens them at the given pace, counts and times that,
 * distinguishes failures of the target from our own, and opens lost connections again, from the next of the source
 * ports that the slot alone has. What a slot goes through: states.ts.
 */
export class Connections implements TransportEvents {
  readonly transport: Transport;
  readonly #clients: ClientTransport;
  readonly #context: TrafficContext;
  readonly #plan: ConnectionPlan;
  readonly #clock: PhaseClock;
  readonly #user: ConnectionUser;
  readonly #state: Uint8Array;
  /** When the attempt or the end began, or the flow was counted as reset; Infinity: a late end is a reset now; ns. */
  readonly #sinceNs: Float64Array;
  /** 1 for slots whose first attempt has succeeded or failed. */
  readonly #tried: Uint8Array;
  readonly #pace: OpenPace;
  readonly #waiting: DelayRing;
  readonly #tuples: SlotTuples;
  /** Slots that are leaving their port: the cause's counter, the phase of what has timed out, and whether to wait. */
  readonly #leaving = new Map<number, Leaving>();
  /** UDP, unconnected: destination by slot, to report which other address replied. */
  readonly #destinations: { readonly addresses: string[]; readonly ports: Uint16Array } | null;
  /** UDP: 1 for flows that were refused (ECONNREFUSED), as nothing listens. */
  readonly #refused: Uint8Array | null;
  #sweepAtNs = doubleZero;
  /** When it was looked for the last time. */
  #sweptNs = doubleZero;
  /** Slots below have been looked at. */
  #swept = 0;
  /** Slots whose first attempt has succeeded or failed. */
  #decided = 0;
  #connecting = 0;
  /** Connected, and at one of their steps. */
  #preparing = 0;
  readonly #steps: Opening | null;
  /** Sockets that exist, in whatever state. */
  #alive = 0;
  readonly #closing: Closing;

  /** @param keepSources whether `sourceOf` will be called */
  constructor(
    context: TrafficContext,
    plan: ConnectionPlan,
    clock: PhaseClock,
    user: ConnectionUser,
    keepSources = false,
  ) {
    const { workload } = context;
    this.#context = context;
    this.#plan = plan;
    this.#clock = clock;
    this.#user = user;
    this.#state = new Uint8Array(plan.slots);
    this.#tried = new Uint8Array(plan.slots);
    this.#sinceNs = new Float64Array(plan.slots);
    this.#waiting = new DelayRing(plan.slots);
    const isUdp = protocols[workload.protocol].isDatagram;
    const keeps = keepSources || plan.steps?.uses.source === true;
    this.#tuples = new SlotTuples(context, plan, keeps);
    this.#destinations =
      isUdp && workload.socket === "unconnected"
        ? {
            addresses: new Array<string>(plan.slots).fill(""),
            ports: new Uint16Array(plan.slots),
          }
        : null;
    this.#refused = isUdp ? new Uint8Array(plan.slots) : null;
    this.#pace = new OpenPace(context, plan.slots);
    this.#clients = new ClientTransport(context, plan.slots, this);
    this.transport = this.#clients.transport;
    const { client, connection } = plan;
    const { transport } = this;
    this.#steps = plan.steps?.create(this.#stepsHost(connection)) ?? null;
    this.#closing = new Closing(context, {
      states: this.#state,
      sinceNs: this.#sinceNs,
      transport,
      clock,
      client,
    });
  }

  #stepsHost(connection: ConnectionPlan["connection"]): StepsHost {
    const key = emptyKey();
    const keyOf = (slot: number, step: number) => {
      key.slot = slot;
      key.connection = connection(slot);
      key.sequence = step;
      key.number = key.connection;
      key.sentNs = this.#sinceNs[slot] as number;
      key.source = this.sourceOf(slot);
      return key;
    };
    return { transport: this.transport, keyOf };
  }

  /** Source of the slot's connection as "address:port", for templates. */
  sourceOf(slot: number): string {
    return this.#tuples.sourceOf(slot);
  }

  isOpen(slot: number): boolean {
    return this.#state[slot] === state.open;
  }

  /** Whether every slot's first attempt has succeeded or failed. */
  get settled(): boolean {
    return this.#decided === this.#plan.slots;
  }

  /** Whether no socket exists any more. */
  get none(): boolean {
    return this.#alive === 0 && this.#tuples.none;
  }

  /** Begins to open all slots, paced by `connectRate`. */
  openAll(nowNs: number): void {
    this.#pace.begin(nowNs);
  }

  /**
   * Opens what is due, the first time and again, and gives up attempts that take too long, and ends that do.
   *
   * @returns when to be called next
   */
  start(nowNs: number): number {
    const { slow } = this.#clients;
    const nextNs = slow === null ? Number.POSITIVE_INFINITY : slow.start(nowNs);
    return Math.min(nextNs, this.#start(nowNs));
  }

  #start(nowNs: number): number {
    if (this.#closing.begun) return this.#closing.resetOverdue(nowNs);
    const nextNs = this.#openDue(nowNs);
    while (this.#waiting.nextNs <= nowNs) {
      const slot = this.#waiting.take();
      if (this.#state[slot] === state.waiting) this.open(slot, nowNs);
    }
    const isOpening = this.#connecting + this.#preparing > 0;
    const isAwaited = isOpening || this.#closing.isAny || this.#leaving.size > 0;
    if (isAwaited && nowNs >= this.#sweepAtNs) this.#sweep(nowNs);
    return Math.min(nextNs, this.#waiting.nextNs);
  }

  /** Opens one slot, which must be free, from the tuple that the plan gives it, or the port that it has moved to. */
  open(slot: number, nowNs: number): void {
    this.#tuples.find(slot);
    this.#openNext(slot, nowNs);
  }

  /** Opens a slot from the tuple that was found last. */
  #open(slot: number, as: number, nowNs: number): void {
    const { flow } = this.#tuples;
    if (this.#refused !== null && as === state.connecting) this.#refused[slot] = 0;
    if (this.#destinations !== null) {
      this.#destinations.addresses[slot] = flow.destinationAddress;
      this.#destinations.ports[slot] = flow.destinationPort;
    }
    this.#tuples.uses(slot);
    this.#state[slot] = as;
    this.#sinceNs[slot] = nowNs;
    this.#alive++;
    this.transport.open(slot, flow);
  }

  close(slot: number, how: CloseHow): void {
    if (this.#state[slot] === state.open) this.#closing.close(slot, how);
  }

  /**
   * Closes an open slot and opens it again from the next of its ports; `ready` is called when it is open. What comes
   * for it meanwhile is dropped; UDP: after a time-out it is counted as late.
   *
   * A UDP socket that was bound to a port of our choice keeps it, connected or not, so it is a new one.
   *
   * @param expired phase of what has timed out, for the cause "timeout"
   * @param later   whether `reconnectDelay` is waited for: a target that breaks every connection is not hammered
   */
  reopen(
    slot: number,
    cause: ReopenCause,
    how: CloseHow,
    nowNs: number,
    expired: Expired | null = null,
    later = false,
  ): void {
    if (this.#state[slot] !== state.open) return;
    this.#state[slot] = state.leaving;
    this.#sinceNs[slot] = nowNs;
    const mayBeLate = cause === "timeout" && this.#refused !== null;
    this.#leaving.set(slot, { counts: causes[cause], expired: mayBeLate ? expired : null, later });
    if (cause !== "rotation") {
      this.#context.recorder.count(this.#clock.at(nowNs), causes[cause], 1);
    }
    this.transport.close(slot, how);
  }

  /** The slot has left its port. */
  #left(slot: number, nowNs: number): void {
    const { expired, later } = this.#leaving.get(slot) as Leaving;
    if (expired === null) this.#tuples.findNext(slot);
    else this.#tuples.leave(slot, expired);
    if (this.#refused !== null && !later) {
      this.#open(slot, state.rotating, nowNs);
      return;
    }
    this.#leaving.delete(slot);
    this.#context.recorder.closed();
    if (later) this.#wait(slot, nowNs);
    else this.#openNext(slot, nowNs);
  }

  /** Opens a slot, whose connection has ended, from the tuple that was found last. */
  #openNext(slot: number, nowNs: number): void {
    this.#connecting++;
    this.#open(slot, state.connecting, nowNs);
  }

  /** Closes everything, some at a time, and opens nothing any more; by force what has not closed within `timeout`. */
  end(how: CloseHow): void {
    this.#tuples.end();
    this.#context.recorder.steadyEnded();
    for (let slot = 0; slot < this.#plan.slots; slot++) {
      if (opening.has(this.#state[slot])) this.transport.close(slot, "reset");
    }
    this.#closing.begin(how, this.#context.now());
  }

  #openDue(nowNs: number): number {
    for (let budget = mostPerTurn; ; budget--) {
      const dueNs = this.#pace.nextNs(nowNs, this.#connecting, this.#preparing);
      if (dueNs > nowNs || budget === 0) return dueNs;
      this.open(this.#pace.take(), nowNs);
    }
  }

  /**
   * Gives up what takes too long, a part of the slots at a time: a target that does not read keeps a FIN from leaving.
   *
   * Only what was overdue at the last look: what has come in a pause of ours is handed out after the first one.
   */
  #sweep(nowNs: number): void {
    const { slots } = this.#plan;
    const lastNs = this.#sweptNs;
    this.#sweptNs = nowNs;
    const from = this.#swept;
    const to = Math.min(slots, from + sweptAtOnce);
    this.#sweepAtNs = nowNs + (sweepNs * (to - from)) / slots;
    this.#swept = to === slots ? 0 : to;
    for (let slot = from; slot < to; slot++) {
      if (this.#state[slot] === state.open) continue;
      if (lastNs - (this.#sinceNs[slot] as number) < this.#longestNs(slot)) continue;
      if (this.#state[slot] === state.preparing) this.#steps?.fail(slot, failure.timeout);
      if (this.#closing.isClosing(slot)) this.#closing.resetLate(slot, nowNs);
      else this.transport.close(slot, "reset");
    }
  }

  /** How long the slot may be in its state. */
  #longestNs(slot: number): number {
    const { connectTimeoutNs, timeoutNs } = this.#context.workload;
    if (this.#state[slot] === state.connecting) return connectTimeoutNs;
    // Over UDP there is nothing to wait for but replies.
    if (this.#state[slot] === state.preparing) {
      return this.#refused === null ? connectTimeoutNs : timeoutNs;
    }
    return this.#closing.isClosing(slot) ? timeoutNs : Number.POSITIVE_INFINITY;
  }

  // Events of the transport.

  opened(slot: number, nowNs: number): void {
    const at = this.#clock.at(nowNs);
    this.#tuples.free(slot, at);
    if (this.#state[slot] === state.connecting) {
      this.#connecting--;
      this.#clients.opened(slot, at, this.#sinceNs[slot] as number, nowNs);
    }
    const steps = this.#steps;
    this.#plan.reset?.(slot, this.#plan.connection(slot));
    if (steps === null) {
      this.#isOpen(slot, at, nowNs);
      return;
    }
    this.#state[slot] = state.preparing;
    this.#preparing++;
    if (this.#closing.begun) this.transport.close(slot, "reset");
    else this.#proceed(slot, steps.begin(slot), nowNs);
  }

  /** What the slot's steps have come to. */
  #proceed(slot: number, came: Progress, nowNs: number): void {
    // At the end the slot is closing already.
    if (came === progress.waits || this.#closing.begun) return;
    if (came === progress.failed) {
      this.transport.close(slot, "reset");
      return;
    }
    const at = this.#clock.at(nowNs);
    this.#preparing--;
    this.#context.recorder.time(timing.openTime, at, nowNs - (this.#sinceNs[slot] as number));
    this.#isOpen(slot, at, nowNs);
  }

  /** The slot's connection is open, with all its steps; or its flow has rotated. */
  #isOpen(slot: number, at: Moment, nowNs: number): void {
    const { recorder } = this.#context;
    const left = this.#leaving.get(slot);
    this.#state[slot] = state.open;
    if (left === undefined) {
      recorder.opened();
      recorder.count(at, counter.opened, 1);
      this.#decide(slot, nowNs);
    } else {
      if (left.counts === counter.rotated) recorder.count(at, counter.rotated, 1);
      this.#leaving.delete(slot);
    }
    if (this.#closing.begun) this.close(slot, "reset");
    else this.#user.ready(slot, nowNs);
  }

  accepted(): void {
    throw new Error("a client's transport accepts nothing");
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const { recorder, restarts } = this.#context;
    if (restarts !== undefined) recorder.receivedAt(nowNs);
    const steps = this.#steps;
    if (steps === null || this.#state[slot] !== state.preparing) {
      this.#user.received(slot, bytes, start, end, nowNs);
      return;
    }
    const came = steps.received(slot, bytes, start, end);
    const { rest } = steps;
    this.#proceed(slot, came, nowNs);
    if (came !== progress.done || rest === end || !this.isOpen(slot)) return;
    this.#user.received(slot, bytes, rest, end, nowNs);
  }

  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
    nowNs: number,
  ): void {
    const at = this.#clock.at(nowNs);
    const { recorder } = this.#context;
    recorder.count(at, counter.bytesReceived, end - start);
    recorder.count(at, counter.wrongSource, 1);
    const destinations = this.#destinations;
    if (destinations !== null) {
      const { address, port } = peer;
      const destinationAddress = destinations.addresses[slot] as string;
      recorder.wrongSource(destinationAddress, destinations.ports[slot] as number, address, port);
    }
    this.#user.receivedFrom(slot, bytes, start, end, peer, nowNs);
  }

  drained(slot: number, nowNs: number): void {
    const steps = this.#steps;
    const isAtStep = steps !== null && this.#state[slot] === state.preparing;
    if (isAtStep) this.#proceed(slot, steps.drained(slot), nowNs);
    else this.#user.drained(slot, nowNs);
  }

  errored(slot: number, code: string, nowNs: number): void {
    const { recorder } = this.#context;
    const at = this.#clock.at(nowNs);
    const isPreparing = this.#state[slot] === state.preparing;
    const isRefused = code === "ECONNREFUSED";
    if (isRefused) this.#countReset(slot, nowNs);
    if (isRefused && this.#refused !== null && this.#refused[slot] === 0) {
      this.#refused[slot] = 1;
      recorder.count(at, counter.refused, 1);
    }
    if (isPreparing) {
      this.#steps?.fail(slot, code);
      this.transport.close(slot, "reset");
      return;
    }
    if (isRefused && this.#user.refused?.(slot, code, nowNs)) return;
    recorder.failed(this.#plan.client(slot), code, errorSide(code), at);
  }

  closed(slot: number, code: string | null, nowNs: number): void {
    const was = this.#state[slot];
    const { recorder } = this.#context;
    const at = this.#clock.at(nowNs);
    this.#alive--;
    if (was === state.preparing) {
      this.#notPrepared(slot, code, at, nowNs);
      return;
    }
    if (was === state.connecting) {
      if (this.#passOver(slot, code, at)) {
        this.#open(slot, was, nowNs);
        return;
      }
      this.#connecting--;
      const reason = code ?? this.#clients.timeOutOf(slot);
      if (!this.#closing.begun) {
        recorder.count(at, counter.failed, 1);
        recorder.failed(this.#plan.client(slot), reason, errorSide(reason), at);
      }
      const again = this.#again(slot, nowNs);
      this.#decide(slot, nowNs);
      if (!again) this.#user.failed(slot, reason, nowNs);
      return;
    }
    if (was === state.leaving && !this.#closing.begun) {
      this.#left(slot, nowNs);
      return;
    }
    if (was === state.rotating && this.#passOver(slot, code, at)) {
      this.#open(slot, was, nowNs);
      return;
    }
    recorder.closed();
    if (was === state.leaving || was === state.rotating) {
      this.#leaving.delete(slot);
      this.#state[slot] = state.free;
      if (this.#closing.begun) return;
      const reason = code ?? this.#clients.timeOutOf(slot);
      recorder.error(reason, errorSide(reason), at);
      this.#again(slot, nowNs);
      return;
    }
    const own = was === state.closing;
    if (own) {
      this.#closing.closed();
      this.#state[slot] = state.free;
    } else {
      recorder.count(at, counter.closedByTarget, 1);
      this.#countReset(slot, nowNs);
      this.#state[slot] = state.gone;
    }
    const atOnce = this.#user.lost(slot, code, own, nowNs);
    if (!own && this.#state[slot] === state.gone) {
      if (atOnce && !this.#closing.begun) this.#replace(slot, nowNs);
      else this.#again(slot, nowNs);
    }
    this.#closing.goOn(nowNs);
  }

  /** The slot's connection has ended before its last step, because of one of them or not. */
  #notPrepared(slot: number, code: string | null, at: Moment, nowNs: number): void {
    const { recorder } = this.#context;
    const failed = (this.#steps as Opening).end(slot, code ?? failure.closedByTarget);
    this.#preparing--;
    if (!this.#closing.begun) {
      const { cause, ...example } = failed;
      const client = this.#plan.client(slot);
      const code = failed.code ?? `OPEN_${failed.step + 1}_${cause}`;
      recorder.count(at, counter.failed, 1);
      recorder.openFailed({ ...example, code, client, atNs: nowNs }, errorSide(cause), at);
    }
    // A flow that was rotating has counted as open.
    const isNew = !this.#leaving.delete(slot);
    if (!isNew) recorder.closed();
    const again = this.#again(slot, nowNs);
    if (!isNew) return;
    this.#decide(slot, nowNs);
    if (!again) this.#user.failed(slot, failed.cause, nowNs);
  }

  /** The target has ended a connection between two exchanges: the next one opens another. */
  #replace(slot: number, nowNs: number): void {
    this.#context.recorder.count(this.#clock.at(nowNs), causes.closedByTarget, 1);
    this.#tuples.findNext(slot);
    this.#openNext(slot, nowNs);
  }

  /** Whether the slot's port was taken, and it has found another. */
  #passOver(slot: number, code: string | null, at: Moment): boolean {
    return !this.#closing.begun && this.#tuples.passOver(slot, code, at);
  }

  /** The target has ended a flow: counts it once if it is older than the last restart. */
  #countReset(slot: number, nowNs: number): void {
    const { recorder, restarts } = this.#context;
    if (restarts === undefined) return;
    if ((this.#sinceNs[slot] as number) >= restarts.lastAnnouncedNs(nowNs)) return;
    this.#sinceNs[slot] = nowNs;
    recorder.count(this.#clock.at(nowNs), counter.resetByRestart, 1);
  }

  /** Opens the slot again later, where that is wanted and the workload is still running. */
  #again(slot: number, nowNs: number): boolean {
    const again = this.#plan.reconnect && !this.#closing.begun && nowNs < this.#clock.endNs;
    if (again) this.#wait(slot, nowNs);
    else this.#state[slot] = state.gone;
    return again;
  }

  /** The slot is opened again after `reconnectDelay`. */
  #wait(slot: number, nowNs: number): void {
    this.#state[slot] = state.waiting;
    if (this.#waiting.isEmpty) this.#context.io.wake();
    this.#waiting.push(slot, nowNs + this.#context.workload.reconnectDelayNs);
  }

  /** An attempt has succeeded or failed, which makes room for the next. */
  #decide(slot: number, nowNs: number): void {
    if (this.#tried[slot] === 0) {
      this.#tried[slot] = 1;
      this.#decided++;
    }
    if (!this.#closing.begun) this.#openDue(nowNs);
  }
}
