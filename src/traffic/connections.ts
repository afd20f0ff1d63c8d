import { emptyFlow } from "../address/flow.ts";
import { protocols } from "../address/protocol.ts";
import { doubleZero } from "../base/v8-double.ts";
import type { CloseHow, Peer, Transport, TransportEvents } from "../io/io.ts";
import { counter, phase, timing } from "../metrics/snapshot.ts";
import { patterns } from "../scenario/patterns.ts";
import { createConstantSchedule } from "../schedule/create-schedule.ts";
import { createPortion, type SchedulePortion } from "../schedule/portion.ts";
import { DelayRing } from "./delay-queue.ts";
import { errorSide, failure } from "./error-side.ts";
import type { PhaseClock } from "./phase-clock.ts";
import { Rotations } from "./rotations.ts";
import type { TrafficContext } from "./traffic.ts";

/**
 * Connecting at once. The kernel's accept queue holds 4,096 in all, and what does not fit connects a
 * second late: a rate that is more than client and target can do must not fill it.
 */
const mostConnecting = { unpaced: 128, paced: 2048 };

/** Turns are short: at most this many connections are begun in one. */
const mostPerTurn = 64;

/** Closing in order at once at the end: the target's loop has the next ones when these have gone. */
const mostClosing = 1024;

/** Connections that take too long are looked for this often. */
const sweepNs = 100e6;

/** Slots looked at for time-outs in one go: a million would hold up for milliseconds what is due. */
export const sweptAtOnce = 16_384;

/** UDP sockets of load generators and sinks: room for a burst while the loop is elsewhere. */
const udpBufferBytes = 1024 * 1024;

const state = {
  free: 0,
  connecting: 1,
  open: 2,
  closing: 3,
  waiting: 4,
  gone: 5,
  hangingUp: 6,
  rotating: 7,
} as const;

/** What a pattern does with its connections. */
export interface ConnectionUser {
  /** The connection is open (again). */
  ready(slot: number, nowNs: number): void;
  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void;
  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
    nowNs: number,
  ): void;
  drained(slot: number, nowNs: number): void;
  /**
   * A connection that was open has ended.
   *
   * @param code errno name, or null for an end in order
   * @param own  whether we closed it
   */
  lost(slot: number, code: string | null, own: boolean, nowNs: number): void;
  /** An attempt to open has failed (it is counted already) and will not be made again. */
  failed(slot: number, code: string, nowNs: number): void;
}

/** How a pattern's connections come to be. */
export interface ConnectionPlan {
  readonly slots: number;
  /** Index in the flow space of the tuple that the slot opens next. */
  readonly tuple: (slot: number) => number;
  /** The tuple that the slot's connection has, or had last. */
  readonly client: (slot: number) => number;
  /** Whether what the target closes, or what could not be opened later on, is opened again. */
  readonly reconnect: boolean;
}

/**
 * The connections of one worker for one workload: opens them at the pace asked for, counts and
 * times it, tells the target's failures from our own, and opens again what was lost.
 *
 *     | state      | by                                 | next                         |
 *     | ---------- | ---------------------------------- | ---------------------------- |
 *     | free       | open()                             | connecting                   |
 *     | connecting | opened                             | open                         |
 *     | connecting | closed or timed out                | waiting (reconnect), gone    |
 *     | open       | close()                            | closing                      |
 *     | open       | closed by the target               | waiting (reconnect), gone    |
 *     | closing    | closed                             | free                         |
 *     | waiting    | reconnectDelay                     | connecting                   |
 *     | open       | rotate()                           | hangingUp                    |
 *     | hangingUp  | closed                             | rotating, free at the end  |
 *     | rotating | opened                             | open                         |
 *     | rotating | closed                             | waiting (reconnect), gone    |
 *
 * A flow that is rotating counts as open all the while.
 */
export class Connections implements TransportEvents {
  readonly transport: Transport;
  readonly #context: TrafficContext;
  readonly #plan: ConnectionPlan;
  readonly #clock: PhaseClock;
  readonly #user: ConnectionUser;
  readonly #state: Uint8Array;
  /** When the attempt began or, behind that, when the flow was counted as reset; ns, per slot. */
  readonly #sinceNs: Float64Array;
  /** 1 for slots whose first attempt has come out. */
  readonly #tried: Uint8Array;
  readonly #paced: SchedulePortion | null;
  readonly #mostConnecting: number;
  readonly #waiting: DelayRing;
  readonly #flow = emptyFlow();
  readonly #sources: string[] | null;
  readonly #rotations: Rotations | null;
  /** UDP, unconnected: who is asked, by slot, to say who answered instead. */
  readonly #destinations: { readonly addresses: string[]; readonly ports: Uint16Array } | null;
  /** UDP: 1 for flows that have heard that nothing listens. */
  readonly #refused: Uint8Array | null;
  #beginNs = Number.POSITIVE_INFINITY;
  #sweepAtNs = doubleZero;
  /** Slots below have been looked at. */
  #swept = 0;
  /** Slots that `openAll` has come to, and those of them whose first attempt has come out. */
  #begun = 0;
  #decided = 0;
  #connecting = 0;
  /** Sockets that exist, in whatever state. */
  #alive = 0;
  #ending = false;
  /** At the end: slots below have been closed, at most `mostClosing` of them are closing still. */
  #ended = 0;
  #closing = 0;
  #endHow: CloseHow = "fin";
  /** When connections that do not close in order are reset: a `timeout` after the last that did. */
  #resetAtNs = Number.POSITIVE_INFINITY;
  #late = false;

  /** @param keepSources whether `sourceOf` will be asked */
  constructor(
    context: TrafficContext,
    plan: ConnectionPlan,
    clock: PhaseClock,
    user: ConnectionUser,
    keepSources = false,
  ) {
    const { workload, portion, io } = context;
    this.#context = context;
    this.#plan = plan;
    this.#clock = clock;
    this.#user = user;
    this.#state = new Uint8Array(plan.slots);
    this.#tried = new Uint8Array(plan.slots);
    this.#sinceNs = new Float64Array(plan.slots);
    this.#waiting = new DelayRing(plan.slots);
    this.#sources = keepSources ? new Array<string>(plan.slots).fill("") : null;
    this.#rotations = workload.socket === "rotating" ? new Rotations(context, plan.slots) : null;
    const isUdp = protocols[workload.protocol].isDatagram;
    this.#destinations =
      isUdp && workload.socket === "unconnected"
        ? {
            addresses: new Array<string>(plan.slots).fill(""),
            ports: new Uint16Array(plan.slots),
          }
        : null;
    this.#refused = isUdp ? new Uint8Array(plan.slots) : null;
    const { connectRatePerSecond } = workload;
    this.#paced =
      connectRatePerSecond === null
        ? null
        : createPortion(
            createConstantSchedule(connectRatePerSecond, Number.POSITIVE_INFINITY),
            portion.portion,
            portion.ofPortions,
          );
    this.#mostConnecting = mostConnecting[this.#paced === null ? "unpaced" : "paced"];
    this.transport = io.transport({
      protocol: workload.protocol,
      slots: plan.slots,
      events: this,
      noDelay: workload.noDelay,
      connected: workload.socket !== "unconnected",
      receiveErrors: workload.receiveErrors,
      broadcast: patterns[workload.pattern].bringsReceivers,
      ...(isUdp && workload.connections <= 1024
        ? { receiveBufferBytes: udpBufferBytes, sendBufferBytes: udpBufferBytes }
        : {}),
    });
  }

  /** Source of the slot's connection as "address:port", for templates. */
  sourceOf(slot: number): string {
    return this.#sources?.[slot] ?? "";
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
    return this.#alive === 0;
  }

  /** Begins to open all slots, paced by `connectRate`. */
  openAll(nowNs: number): void {
    this.#beginNs = nowNs;
  }

  /**
   * Opens what is due, the first time and again, and gives up attempts that take too long.
   *
   * @returns when to be called next
   */
  start(nowNs: number): number {
    if (this.#ending) return this.#resetLate(nowNs);
    const nextNs = this.#openDue(nowNs);
    while (this.#waiting.nextNs <= nowNs) {
      const slot = this.#waiting.take();
      if (this.#state[slot] === state.waiting) this.open(slot, nowNs);
    }
    if (this.#connecting > 0 && nowNs >= this.#sweepAtNs) this.#sweep(nowNs);
    return Math.min(nextNs, this.#waiting.nextNs);
  }

  /** Opens one slot, which must be free, from the tuple that the plan gives it. */
  open(slot: number, nowNs: number): void {
    this.#context.space.at(this.#plan.tuple(slot), this.#flow);
    this.#rotations?.begin(slot, this.#flow.sourcePort);
    this.#connecting++;
    this.#open(slot, state.connecting, nowNs);
  }

  /** Opens a slot from the tuple that stands in `#flow`. */
  #open(slot: number, as: number, nowNs: number): void {
    const flow = this.#flow;
    if (this.#refused !== null) this.#refused[slot] = 0;
    if (this.#destinations !== null) {
      this.#destinations.addresses[slot] = flow.destinationAddress;
      this.#destinations.ports[slot] = flow.destinationPort;
    }
    if (this.#sources !== null) {
      this.#sources[slot] = `${flow.sourceAddress}:${flow.sourcePort}`;
    }
    this.#state[slot] = as;
    this.#sinceNs[slot] = nowNs;
    this.#alive++;
    this.transport.open(slot, flow);
  }

  close(slot: number, how: CloseHow): void {
    if (this.#state[slot] !== state.open) return;
    this.#state[slot] = state.closing;
    this.#closing++;
    this.transport.close(slot, how);
  }

  /**
   * UDP: disconnects an open slot's association and has it take another of its source ports. `ready` tells
   * when it has.
   *
   * A socket that was bound to a port of our choice keeps it, connected or not, so it is a new one.
   */
  rotate(slot: number): void {
    this.#state[slot] = state.hangingUp;
    this.transport.close(slot, "reset");
  }

  /**
   * Closes everything, some at a time, and opens nothing any more. When none has closed for
   * `timeout`, the rest is closed by force.
   */
  end(how: CloseHow): void {
    const nowNs = this.#context.now();
    this.#ending = true;
    this.#endHow = how;
    this.#resetAtNs = nowNs + this.#context.workload.timeoutNs;
    for (let slot = 0; slot < this.#plan.slots; slot++) {
      const isOpening =
        this.#state[slot] === state.connecting || this.#state[slot] === state.rotating;
      if (isOpening) this.transport.close(slot, "reset");
    }
    this.#closeMore(nowNs);
  }

  #closeMore(nowNs: number): void {
    const { slots } = this.#plan;
    for (; this.#ended < slots && this.#closing < mostClosing; this.#ended++) {
      if (this.#state[this.#ended] !== state.open) continue;
      if (this.#late) this.#countLate(this.#ended, nowNs);
      this.close(this.#ended, this.#endHow);
    }
  }

  /** A FIN goes out behind all that was sent: a target that does not read would keep us for ever. */
  #resetLate(nowNs: number): number {
    if (nowNs < this.#resetAtNs) return this.#resetAtNs;
    this.#late = true;
    this.#resetAtNs = Number.POSITIVE_INFINITY;
    this.#endHow = "reset";
    for (let slot = 0; slot < this.#plan.slots; slot++) {
      if (this.#state[slot] !== state.closing) continue;
      this.#countLate(slot, nowNs);
      this.transport.close(slot, "reset");
    }
    return Number.POSITIVE_INFINITY;
  }

  #countLate(slot: number, nowNs: number): void {
    this.#context.recorder.failed(
      this.#plan.client(slot),
      failure.timeout,
      "target",
      this.#clock.at(nowNs),
    );
  }

  #openDue(nowNs: number): number {
    if (this.#beginNs > nowNs) return this.#beginNs;
    const { slots } = this.#plan;
    let budget = mostPerTurn;
    while (this.#begun < slots) {
      const dueNs = this.#paced === null ? nowNs : this.#beginNs + this.#pacedNs(this.#begun);
      if (dueNs > nowNs) return dueNs;
      if (this.#connecting >= this.#mostConnecting) return Number.POSITIVE_INFINITY;
      if (budget === 0) return nowNs;
      budget--;
      this.open(this.#begun++, nowNs);
    }
    return Number.POSITIVE_INFINITY;
  }

  #pacedNs(index: number): number {
    return (this.#paced as SchedulePortion).intendedNs(index);
  }

  /** Gives up what takes too long, a part of the slots at a time. */
  #sweep(nowNs: number): void {
    const { slots } = this.#plan;
    const longestNs = this.#context.workload.connectTimeoutNs;
    const from = this.#swept;
    const to = Math.min(slots, from + sweptAtOnce);
    this.#sweepAtNs = nowNs + (sweepNs * (to - from)) / slots;
    this.#swept = to === slots ? 0 : to;
    for (let slot = from; slot < to; slot++) {
      if (this.#state[slot] !== state.connecting) continue;
      if (nowNs - (this.#sinceNs[slot] as number) >= longestNs) {
        this.transport.close(slot, "reset");
      }
    }
  }

  // Events of the transport.

  opened(slot: number, nowNs: number): void {
    const { recorder } = this.#context;
    const at = this.#clock.at(nowNs);
    const was = this.#state[slot];
    this.#state[slot] = state.open;
    if (was === state.rotating) {
      recorder.count(at, counter.rotated, 1);
      if (this.#ending) this.close(slot, "reset");
      else this.#user.ready(slot, nowNs);
      return;
    }
    this.#connecting--;
    recorder.opened();
    recorder.count(at, counter.opened, 1);
    recorder.time(timing.connectTime, at, nowNs - (this.#sinceNs[slot] as number));
    this.#decide(slot, nowNs);
    if (this.#ending) this.close(slot, "reset");
    else this.#user.ready(slot, nowNs);
  }

  accepted(): void {
    throw new Error("a client's transport accepts nothing");
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const { recorder, restarts } = this.#context;
    recorder.count(this.#clock.at(nowNs), counter.bytesReceived, end - start);
    if (restarts !== undefined) recorder.receivedAt(nowNs);
    this.#user.received(slot, bytes, start, end, nowNs);
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
    this.#user.drained(slot, nowNs);
  }

  errored(slot: number, code: string, nowNs: number): void {
    const { recorder } = this.#context;
    const at = this.#clock.at(nowNs);
    recorder.failed(this.#plan.client(slot), code, errorSide(code), at);
    if (code === "ECONNREFUSED") this.#countReset(slot, nowNs);
    if (code !== "ECONNREFUSED" || this.#refused === null || this.#refused[slot] === 1) return;
    this.#refused[slot] = 1;
    recorder.count(at, counter.refused, 1);
  }

  closed(slot: number, code: string | null, nowNs: number): void {
    const was = this.#state[slot];
    const { recorder } = this.#context;
    const at = this.#clock.at(nowNs);
    this.#alive--;
    if (was === state.connecting) {
      this.#connecting--;
      const reason = code ?? failure.connectTimeout;
      if (!this.#ending) {
        recorder.count(at, counter.failed, 1);
        recorder.failed(this.#plan.client(slot), reason, errorSide(reason), at);
      }
      const again = this.#again(slot, nowNs);
      this.#decide(slot, nowNs);
      if (!again) this.#user.failed(slot, reason, nowNs);
      return;
    }
    if (was === state.hangingUp && !this.#ending) {
      this.#context.space.at(this.#plan.tuple(slot), this.#flow);
      this.#flow.sourcePort = (this.#rotations as Rotations).next(slot);
      this.#open(slot, state.rotating, nowNs);
      return;
    }
    recorder.closed();
    if (was === state.hangingUp || was === state.rotating) {
      this.#state[slot] = state.free;
      if (this.#ending) return;
      const reason = code ?? failure.connectTimeout;
      recorder.error(reason, errorSide(reason), at);
      this.#again(slot, nowNs);
      return;
    }
    const own = was === state.closing;
    if (own) {
      this.#closing--;
      this.#state[slot] = state.free;
    } else {
      recorder.count(at, counter.closedByTarget, 1);
      this.#countReset(slot, nowNs);
      this.#again(slot, nowNs);
    }
    this.#user.lost(slot, code, own, nowNs);
    if (!this.#ending) return;
    if (!this.#late) this.#resetAtNs = nowNs + this.#context.workload.timeoutNs;
    this.#closeMore(nowNs);
  }

  /** The target has ended a flow: counts it once if it is older than the last restart. */
  #countReset(slot: number, nowNs: number): void {
    const { recorder, restarts } = this.#context;
    if (restarts === undefined) return;
    if ((this.#sinceNs[slot] as number) >= restarts.lastAnnouncedNs(nowNs)) return;
    this.#sinceNs[slot] = nowNs;
    recorder.count(this.#clock.at(nowNs), counter.resetByRestart, 1);
  }

  /** Opens the slot again later, where that is wanted and the workload still goes on. */
  #again(slot: number, nowNs: number): boolean {
    const again = this.#plan.reconnect && !this.#ending && this.#clock.at(nowNs) !== phase.drain;
    this.#state[slot] = again ? state.waiting : state.gone;
    if (again) {
      if (this.#waiting.isEmpty) this.#context.io.wake();
      this.#waiting.push(slot, nowNs + this.#context.workload.reconnectDelayNs);
    }
    return again;
  }

  /** An attempt has come out, which makes room for the next. */
  #decide(slot: number, nowNs: number): void {
    if (this.#tried[slot] === 0) {
      this.#tried[slot] = 1;
      this.#decided++;
    }
    if (!this.#ending) this.#openDue(nowNs);
  }
}
