import { assert } from "../../base/assert.ts";
import { monotonicNs } from "../../base/clock.ts";
import { debugLog } from "../../base/debug.ts";
import { waitedNs } from "../../base/schedstat.ts";
import { doubleZero } from "../../base/v8-double.ts";
import type { Io, IoOptions, Transport, TransportOptions } from "../io.ts";
import { Wait } from "../wait.ts";
import { BusyPoll, mostPollNs } from "./busy-poll.ts";
import { epoll, openFilesResource, rusage } from "./kernel/abi.ts";
import { systemFailure } from "./kernel/errno-name.ts";
import { Memory } from "./kernel/memory.ts";
import { closeOwned, own } from "./kernel/owned-file.ts";
import {
  createEventFile,
  epollAdd,
  epollCreate,
  epollWait,
  resourceLimit,
  sharpenTimers,
  threadCpuNs,
} from "./kernel/syscalls.ts";
import type { Ring } from "./ring.ts";
import { SocketTransport } from "./socket-transport.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";
import { WakeUp } from "./wake-up.ts";

const debug = debugLog("uring");
const protocols = { tcp, udp } as const;

/** Most entries of a table of direct descriptors, whatever the open-file limit. */
const mostFiles = 1 << 20;

/**
 * Calls in a row for work that a ring reports as pending, and how long to sleep if it still does: the kernel may
 * set that flag after the work has ended, and does not clear it until there is other work.
 */
const mostTries = 100;
const lookAgainNs = 1e6;

/**
 * How long one turn hands out what came, and how long that of one ring, which is of one workload: a flood on one
 * must not keep another from sending when it is due. What is left comes with the next turn.
 */
const handOutNs = 2e6;
const ringHandOutNs = 500e3;

/** How often the event loop runs: messages between processes, signals, timers. */
const yieldEveryNs = 20e6;

/**
 * Passes that the event loop gets when it is needed: a write of node:tls to a stream takes three, until the next one
 * can follow.
 */
const neededPasses = 4;

/** With this much slack a busy-wait is not worth it. */
const coarseNs = 1e6;

/** Offsets in the scratch memory: struct timespec, struct rusage, an epoll event. */
const usageAt = 16;
const eventAt = usageAt + rusage.bytes;

export interface UringOptions extends IoOptions {
  /**
   * Most direct descriptors of one ring: with fewer, tables are smaller and few slots need many rings; the
   * open-file limit if left out, which is also the maximum.
   */
  readonly filesPerRing?: number;
}

/**
 * Linux: io_uring, called from JavaScript. A ring is created when the first of its slots is used.
 *
 * @throws Error with `code`, where the kernel refuses
 */
export function createUringIo(options: UringOptions = {}): Io {
  return new UringIo(options);
}

class UringIo implements Io {
  readonly kind = "uring";
  readonly #transports: SocketTransport[] = [];
  readonly #rings: Ring[] = [];
  readonly #scratch = new Memory(eventAt + 16);
  readonly #files: number;
  /** Waits on all rings at once, where there are several; -1 until then. */
  #epoll = -1;
  /** The eventfd that the rings signal when they have work; -1 until then. */
  #eventFile = -1;
  /** The ring that hands out first: the one behind that where time was up. */
  #firstRing = 0;
  #yieldedNs = monotonicNs();
  /** Turns to come that do not wait, but give the event loop a pass. */
  #passes = 0;
  readonly #wakeUp = new WakeUp();
  readonly #busyPoll: BusyPoll | null;
  /** When the last wait or the event loop's last turn ended. */
  #nowNs = doubleZero;
  /** When what was drained last came; Infinity before the first ring. */
  #awakeNs = Number.POSITIVE_INFINITY;
  #events = doubleZero;
  /** CPU time and when it was read last; time spent busy-waiting since. */
  #usedNs = doubleZero;
  #usedAtNs = doubleZero;
  #spunNs = doubleZero;
  #end: Promise<void> | null = null;
  /** After the end: memory shared with the kernel has been released. */
  #released = false;

  constructor({ filesPerRing = Number.POSITIVE_INFINITY, busyPoll = false }: UringOptions) {
    sharpenTimers();
    this.#busyPoll = busyPoll ? new BusyPoll() : null;
    this.#files = Math.min(filesPerRing, this.#openFilesLimit());
    this.#usedNs = this.#threadNs();
    this.#usedAtNs = monotonicNs();
    debug(
      "io created: at most %d files per ring, %s busy-waiting",
      this.#files,
      busyPoll ? "with" : "without",
    );
  }

  transport(options: TransportOptions): Transport {
    const add = (ring: Ring) => this.#addRing(ring);
    const transport = new SocketTransport(protocols[options.protocol], options, this.#files, add);
    this.#transports.push(transport);
    return transport;
  }

  turn(deadlineNs: number, slackNs: number): Promise<void> | undefined {
    for (const transport of this.#transports) transport.beforeTurn();
    if (this.#passes > 0) return this.#turnWithLoop();
    if (this.#rings.length === 0) return new Wait(deadlineNs, slackNs).over;
    // Reading the clock costs as much as a small message: with enough slack the last reading is used.
    const coarse = slackNs >= coarseNs;
    const begunNs = coarse ? this.#nowNs : monotonicNs();
    const waitNs = deadlineNs - begunNs - (coarse ? 0 : this.#wakeUp.marginNs);
    const polling =
      this.#busyPoll !== null && waitNs > 0 && this.#hasQueued() ? this.#busyPoll : null;
    const sleepNs = polling?.isWorthIt ? this.#poll(begunNs, waitNs) : waitNs;
    const only = this.#rings[0];
    const count =
      this.#rings.length === 1 && only !== undefined
        ? this.#turnOne(only, sleepNs)
        : this.#turnAll(sleepNs > 0 ? begunNs + waitNs : begunNs);
    const nowNs = this.#nowNs;
    this.#events += count;
    polling?.ended(nowNs - begunNs - (sleepNs > 0 ? this.#wakeUp.marginNs : 0), count);
    if (count === 0 && !coarse) {
      if (sleepNs > 0) this.#wakeUp.woke(nowNs - begunNs - waitNs);
      else this.#spin(nowNs, deadlineNs);
    }
    if (nowNs - this.#yieldedNs < yieldEveryNs) return undefined;
    return this.#yield();
  }

  get awakeNs(): number {
    return this.#awakeNs;
  }

  get events(): number {
    return this.#events;
  }

  /** A turn that has events ends with them. */
  wake(): void {}

  needsLoop(): void {
    this.#passes = neededPasses;
  }

  /** Busy-waiting does not count as work: the thread could do more. */
  utilization(): number {
    if (this.#released) return 0;
    const usedNs = this.#threadNs();
    const nowNs = monotonicNs();
    const busyNs = usedNs - this.#usedNs - this.#spunNs;
    const ratio = busyNs / Math.max(1, nowNs - this.#usedAtNs);
    this.#usedNs = usedNs;
    this.#usedAtNs = nowNs;
    this.#spunNs = 0;
    return Math.max(0, Math.min(1, ratio));
  }

  end(): Promise<void> {
    this.#end ??= this.#endAll();
    return this.#end;
  }

  #turnWithLoop(): Promise<void> {
    this.#passes--;
    const only = this.#rings[0];
    if (this.#rings.length === 1 && only !== undefined) this.#events += this.#turnOne(only, 0);
    else if (only !== undefined) this.#events += this.#turnAll(0);
    return this.#yield();
  }

  /** @returns completions reported */
  #turnOne(ring: Ring, waitNs: number): number {
    if (waitNs > 0 || ring.queued > 0 || ring.hasWork) ring.wait(waitNs);
    this.#reportTime();
    return ring.drain(this.#nowNs + handOutNs);
  }

  /** All rings; waits only when none had anything. @returns completions handed out */
  #turnAll(untilNs: number): number {
    // What arrives after the check must be signalled.
    const epollFile = this.#ensureEpoll();
    let count = this.#drainAll();
    if (count > 0) return count;
    this.#reportTime();
    let leftNs = untilNs - this.#nowNs;
    while (count === 0 && leftNs > 0) {
      const seemsBusy = this.#rings.some((ring) => ring.hasWork);
      const woken = this.#sleep(epollFile, seemsBusy ? Math.min(leftNs, lookAgainNs) : leftNs);
      this.#reportTime();
      count = this.#drainAll();
      if (!woken && !seemsBusy) break;
      // The wake-up may be for what was drained before it slept.
      leftNs = untilNs - this.#nowNs;
    }
    return count;
  }

  /**
   * Submits what all rings have queued, then hands out what each has, beginning where the last turn's time was up.
   *
   * @returns completions handed out
   */
  #drainAll(): number {
    const rings = this.#rings;
    let isReady = false;
    for (const ring of rings) {
      if (ring.queued > 0) ring.wait(0);
      // The kernel does about 20 steps in a call, and does not signal the eventfd for those that are left.
      for (let tries = 0; tries < mostTries && ring.hasWork && !ring.ready; tries++) ring.wait(0);
      isReady = isReady || ring.ready;
    }
    if (!isReady) return 0;
    this.#reportTime();
    const endNs = this.#nowNs + handOutNs;
    let count = 0;
    let spentNs = this.#nowNs;
    const first = this.#firstRing;
    for (let i = 0; i < rings.length; i++) {
      const index = (first + i) % rings.length;
      const ring = rings[index] as Ring;
      if (!ring.ready) continue;
      if (spentNs < endNs) {
        count += ring.drain(Math.min(endNs, spentNs + ringHandOutNs));
        spentNs = monotonicNs();
        this.#firstRing = (index + 1) % rings.length;
      } else {
        ring.defer();
      }
    }
    return count;
  }

  /** Waits until a ring has work. @returns false on timeout or a signal */
  #sleep(epollFile: number, waitNs: number): boolean {
    const { words, address } = this.#scratch;
    const seconds = Math.floor(waitNs / 1e9);
    words[0] = seconds;
    words[1] = 0;
    words[2] = waitNs - seconds * 1e9;
    words[3] = 0;
    return epollWait(epollFile, address + eventAt, 1, address) > 0;
  }

  /** Submits what is queued, and polls for the replies. @returns how long to sleep for them afterwards, ns; 0: not at all */
  #poll(begunNs: number, waitNs: number): number {
    for (const ring of this.#rings) ring.submit();
    // Sending is work: only what follows it is busy-waiting.
    const nowNs = this.#spin(monotonicNs(), begunNs + Math.min(waitNs, mostPollNs));
    return this.#hasWork() ? 0 : Math.max(0, begunNs + waitNs - nowNs);
  }

  /**
   * Busy-waits until `untilNs`, or until a ring has work: without a system call, and without garbage. A variable
   * initialised with `fromNs` would be an object at every reading of the clock: V8 does not know that an argument is
   * a number.
   *
   * @returns the time of the end
   */
  #spin(fromNs: number, untilNs: number): number {
    if (fromNs >= untilNs || this.#hasWork()) return fromNs;
    let nowNs: number;
    do nowNs = monotonicNs();
    while (nowNs < untilNs && !this.#hasWork());
    this.#spunNs += nowNs - fromNs;
    return nowNs;
  }

  #hasQueued(): boolean {
    for (const ring of this.#rings) if (ring.queued > 0) return true;
    return false;
  }

  #hasWork(): boolean {
    for (const ring of this.#rings) if (ring.hasWork || ring.ready) return true;
    return false;
  }

  /** Sets the time of the events that are drained next. */
  #reportTime(): void {
    const nowNs = monotonicNs();
    this.#nowNs = nowNs;
    this.#awakeNs = nowNs;
    for (const transport of this.#transports) transport.nowNs = nowNs;
  }

  #yield(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#yieldedNs = monotonicNs();
        this.#nowNs = this.#yieldedNs;
        resolve();
      });
    });
  }

  #addRing(ring: Ring): void {
    // Turns without rings do not read the clock.
    this.#nowNs = monotonicNs();
    this.#rings.push(ring);
    if (this.#epoll >= 0) ring.raise(this.#eventFile);
  }

  /**
   * A ring whose work is deferred to its thread does not report it to poll(2), but signals an eventfd. As
   * that is edge-triggered, it is never read.
   */
  #ensureEpoll(): number {
    if (this.#epoll >= 0) return this.#epoll;
    debug("waits by epoll from now on: it has %d rings", this.#rings.length);
    this.#eventFile = own(checked("eventfd", createEventFile()));
    this.#epoll = own(checked("epoll_create1", epollCreate()));
    const { words, address } = this.#scratch;
    words[eventAt >> 2] = epoll.in | epoll.edgeTriggered;
    checked("epoll_ctl", epollAdd(this.#epoll, this.#eventFile, address + eventAt));
    for (const ring of this.#rings) ring.raise(this.#eventFile);
    return this.#epoll;
  }

  async #endAll(): Promise<void> {
    for (const transport of this.#transports) transport.beginEnd();
    // It may have been requested by an event: the code that reported that must return before memory is released.
    await Promise.resolve();
    while (this.#transports.some((transport) => transport.taken > 0)) {
      await this.turn(monotonicNs() + yieldEveryNs, yieldEveryNs);
    }
    debug("io ends, with %d rings", this.#rings.length);
    for (const ring of this.#rings.splice(0)) ring.close();
    for (const file of [this.#epoll, this.#eventFile]) if (file >= 0) closeOwned(file);
    this.#epoll = -1;
    this.#eventFile = -1;
    for (const transport of this.#transports) transport.release();
    this.#scratch.free();
    this.#released = true;
  }

  /** CPU time of this thread and its waiting for a CPU, ns: in both it could not have done anything else. */
  #threadNs(): number {
    return threadCpuNs(this.#scratch, usageAt) + (waitedNs() ?? 0);
  }

  /** The soft limit, which Node has raised to the hard limit. */
  #openFilesLimit(): number {
    const { words, address } = this.#scratch;
    resourceLimit(openFilesResource, address);
    const limit = ((words[0] as number) >>> 0) + ((words[1] as number) >>> 0) * 4294967296;
    assert(limit > 0, "some files may be open");
    return Math.min(limit, mostFiles);
  }
}

/** @throws Error with `code`, for a negative errno */
function checked(call: string, result: number): number {
  if (result < 0) throw systemFailure(call, result);
  return result;
}
