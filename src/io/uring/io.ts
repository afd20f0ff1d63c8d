import { assert } from "../../base/assert.ts";
import { monotonicNs } from "../../base/clock.ts";
import type { Io, Transport, TransportOptions } from "../io.ts";
import { Wait } from "../node/wait.ts";
import { epoll, openFilesResource, rusage } from "./abi.ts";
import { systemFailure } from "./errno-name.ts";
import { Memory } from "./memory.ts";
import type { Ring } from "./ring.ts";
import type { SocketTransport } from "./socket-transport.ts";
import {
  closeFile,
  epollAdd,
  epollCreate,
  epollWait,
  resourceLimit,
  sharpenTimers,
  threadUsage,
} from "./syscalls.ts";
import { TcpTransport } from "./tcp.ts";
import { UdpTransport } from "./udp.ts";
import { WakeUp } from "./wake-up.ts";

/** A table of direct descriptors has at most so many, whatever the open-file limit. */
const mostFiles = 1 << 20;

/** How often the event loop gets its turn: messages between processes, signals, timers. */
const yieldEveryNs = 10e6;

/** Who can wait that much longer is not worth a busy-wait. */
const coarseNs = 1e6;

/** Rings that one wait tells of, at most; the others are told of by the next. */
const mostEvents = 64;

/** Where in the scratch memory what stands: struct timespec, struct rusage, events of epoll. */
const usageAt = 16;
const eventsAt = usageAt + rusage.bytes;

/**
 * Linux: io_uring, called from JavaScript. A ring is made when the first of its slots is used.
 *
 * @param filesPerRing direct descriptors of one ring, at most: fewer make small tables, and many
 *                     rings out of few slots; the open-file limit if left out, which is also the most
 * @throws Error with `code`, where the kernel refuses
 */
export function createUringIo(filesPerRing = Number.POSITIVE_INFINITY): Io {
  return new UringIo(filesPerRing);
}

class UringIo implements Io {
  readonly kind = "uring";
  readonly #transports: SocketTransport[] = [];
  readonly #rings: Ring[] = [];
  readonly #scratch = new Memory(eventsAt + mostEvents * 16);
  readonly #files: number;
  /** Waits on all rings at once, where there are several; -1 until then. */
  #epoll = -1;
  #yieldedNs = monotonicNs();
  readonly #wakeUp = new WakeUp();
  /** When the last wait or the event loop's last turn ended. */
  #nowNs = 0;
  /** CPU time and when it was looked at last; what was spent busy-waiting since. */
  #usedNs = 0;
  #usedAtNs = 0;
  #spunNs = 0;
  #end: Promise<void> | null = null;

  constructor(filesPerRing: number) {
    sharpenTimers();
    this.#files = Math.min(filesPerRing, this.#openFilesLimit());
    this.#usedNs = this.#threadNs();
    this.#usedAtNs = monotonicNs();
  }

  transport(options: TransportOptions): Transport {
    const add = (ring: Ring) => this.#addRing(ring);
    const transport =
      options.protocol === "tcp"
        ? new TcpTransport(options, this.#files, add)
        : new UdpTransport(options, this.#files, add);
    this.#transports.push(transport);
    return transport;
  }

  turn(deadlineNs: number, slackNs: number): Promise<void> | undefined {
    for (const transport of this.#transports) transport.beforeTurn();
    if (this.#rings.length === 0) return new Wait(deadlineNs, slackNs).over;
    // A clock read costs as much as a small message: who has time may wait from the last one on.
    const coarse = slackNs >= coarseNs;
    const begunNs = coarse ? this.#nowNs : monotonicNs();
    const lastNs = this.#nowNs;
    const waitNs = deadlineNs - begunNs - (coarse ? 0 : this.#wakeUp.marginNs);
    const [only] = this.#rings;
    const count =
      this.#rings.length === 1 && only !== undefined
        ? this.#turnOne(only, waitNs)
        : this.#turnAll(waitNs);
    const nowNs = this.#nowNs;
    if (count === 0 && !coarse) {
      if (waitNs > 0) this.#wakeUp.woke(nowNs - begunNs - waitNs);
      else if (nowNs < deadlineNs) this.#spunNs += nowNs - lastNs;
    }
    if (nowNs - this.#yieldedNs < yieldEveryNs) return undefined;
    return this.#yield();
  }

  /** A turn that has events ends with them. */
  wake(): void {}

  /** Busy-waiting is no work: who does so could do more. */
  utilization(): number {
    const usedNs = this.#threadNs();
    const nowNs = monotonicNs();
    const busyNs = usedNs - this.#usedNs - this.#spunNs;
    const share = busyNs / Math.max(1, nowNs - this.#usedAtNs);
    this.#usedNs = usedNs;
    this.#usedAtNs = nowNs;
    this.#spunNs = 0;
    return Math.max(0, Math.min(1, share));
  }

  end(): Promise<void> {
    this.#end ??= this.#endAll();
    return this.#end;
  }

  /** @returns completions handed out */
  #turnOne(ring: Ring, waitNs: number): number {
    ring.wait(waitNs);
    this.#tellTime();
    return ring.drain();
  }

  /** Each ring in turn; waits only when none had anything. @returns completions handed out */
  #turnAll(waitNs: number): number {
    let count = 0;
    for (const ring of this.#rings) {
      if (ring.queued > 0 || ring.hasWork) ring.wait(0);
      if (!ring.ready) continue;
      this.#tellTime();
      count += ring.drain();
    }
    if (count === 0 && waitNs <= 0) this.#tellTime();
    if (count > 0 || waitNs <= 0) return count;
    const { words, address } = this.#scratch;
    const seconds = Math.floor(waitNs / 1e9);
    words[0] = seconds;
    words[1] = 0;
    words[2] = waitNs - seconds * 1e9;
    words[3] = 0;
    const events = epollWait(this.#ensureEpoll(), address + eventsAt, mostEvents, address);
    for (let event = 0; event < events; event++) {
      const at = (eventsAt + event * epoll.eventBytes + (epoll.eventBytes - 8)) >> 2;
      const ring = this.#rings[words[at] as number] as Ring;
      ring.wait(0);
      this.#tellTime();
      count += ring.drain();
    }
    if (events <= 0) this.#tellTime();
    return count;
  }

  /** When what is drained next came. */
  #tellTime(): void {
    const nowNs = monotonicNs();
    this.#nowNs = nowNs;
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
    // Turns without rings tell no time.
    this.#nowNs = monotonicNs();
    this.#rings.push(ring);
    if (this.#epoll >= 0) this.#watch(this.#rings.length - 1);
  }

  #ensureEpoll(): number {
    if (this.#epoll >= 0) return this.#epoll;
    this.#epoll = epollCreate();
    if (this.#epoll < 0) throw systemFailure("epoll_create1", this.#epoll);
    for (let index = 0; index < this.#rings.length; index++) this.#watch(index);
    return this.#epoll;
  }

  /** struct epoll_event: events u32, then data u64, padded to 16 bytes but on x64. */
  #watch(index: number): void {
    const { words, address } = this.#scratch;
    const at = eventsAt >> 2;
    words[at] = epoll.in;
    words[at + epoll.eventBytes / 4 - 2] = index;
    words[at + epoll.eventBytes / 4 - 1] = 0;
    const ring = this.#rings[index] as Ring;
    const result = epollAdd(this.#epoll, ring.fd, address + eventsAt);
    if (result < 0) throw systemFailure("epoll_ctl", result);
  }

  async #endAll(): Promise<void> {
    for (const transport of this.#transports) transport.beginEnd();
    // It may have been asked for by an event: what handed that out must return before it is taken away.
    await Promise.resolve();
    while (this.#transports.some((transport) => transport.taken > 0)) {
      await this.turn(monotonicNs() + yieldEveryNs, yieldEveryNs);
    }
    for (const ring of this.#rings.splice(0)) ring.close();
    if (this.#epoll >= 0) closeFile(this.#epoll);
    this.#epoll = -1;
  }

  /** CPU time of this thread, ns. */
  #threadNs(): number {
    threadUsage(this.#scratch.address + usageAt);
    const words = this.#scratch.words;
    const at = usageAt >> 2;
    const seconds = (words[at] as number) + (words[at + 4] as number);
    return seconds * 1e9 + ((words[at + 2] as number) + (words[at + 6] as number)) * 1e3;
  }

  /** The soft limit, which Node has raised to the hard one. */
  #openFilesLimit(): number {
    const { words, address } = this.#scratch;
    resourceLimit(openFilesResource, address);
    const limit = ((words[0] as number) >>> 0) + ((words[1] as number) >>> 0) * 4294967296;
    assert(limit > 0, "some files may be open");
    return Math.min(limit, mostFiles);
  }
}
