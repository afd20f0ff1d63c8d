import type { ThreadNs } from "../../base/schedstat.ts";
import { Disturbance, type Pause, type PauseCause } from "./disturbance.ts";

/** A worker that turns later than it should, or whose turn takes, by so much has paused. */
export const shortestPauseNs = 10e6;

/** Pauses closer to each other than this are one. */
const neighbourNs = 1e6;

/** An arrival that leaves later than this belongs to a backlog. */
const backlogNs = 1e6;

/** What a server has in flight is its backlog of the pause for at most so many times the pause's length. */
const longestInFlight = 2;

/** How often the thread's times are read; a reading takes some 10 us. */
const readEveryNs = 20e6;

/** Node reports a garbage collection in a later pass of the event loop, of which there is one every 20 ms. */
const settledNs = 50e6;

/** A cause explains a pause that it takes up half of. */
const explains = 0.5;

/** More events than this in one turn are a flood: 10 ms of work at the price of a cheap one. */
const floodEvents = 500;

/** Indexes of `Pauses.last`. */
const passedAt = 0;
const eventsAt = 1;

/** When a loop is late that waits until `deadlineNs`, or not at all. */
function lateFrom(nowNs: number, deadlineNs: number): number {
  return (nowNs > deadlineNs ? nowNs : deadlineNs) + shortestPauseNs;
}

/** The clocks that tell why a worker paused; null where the system does not report them. */
export interface PauseClocks {
  /** Times of this thread. */
  thread(): ThreadNs | null;
  /** What the hypervisor took of all CPUs, ns since boot. */
  stealNs(): number | null;
}

/** How far a worker's workloads are behind. */
export interface Backlog {
  /** Intended time of the earliest arrival that has not left, ns; Infinity: none is left. */
  readonly nextIntendedNs: number;
  readonly inFlight: number;
}

interface Noted {
  readonly fromNs: number;
  readonly toNs: number;
  readonly cause: PauseCause;
}

/**
 * Notes the pauses of a worker, or of another thread with such a loop: a turn that came 10 ms later than it was to, or that took so long.
 *
 *     | cause   | by                                                                      |
 *     | ------- | ----------------------------------------------------------------------- |
 *     | gc      | garbage collections took half of it                                     |
 *     | cpu     | the thread was ready to run, and had no CPU, for half of it             |
 *     | steal   | the same, or not even that, while the hypervisor took as much           |
 *     | input   | the thread ran, and the turn handed out a flood of events               |
 *     | stopped | the thread neither ran nor waited: SIGSTOP, or the machine was suspended |
 *     | unknown | none of these, or the system does not report it                         |
 *
 * What a pause leaves behind is disturbed as well: until the worker has sent what had become due, and until what is in
 * flight is back to what it was before. A queue that does not get shorter is the server's own, not the pause's.
 */
export class Pauses {
  readonly disturbance = new Disturbance();
  readonly #worker: number;
  readonly #clocks: PauseClocks;
  readonly #noted: Noted[] = [];
  readonly #collections: Omit<Noted, "cause">[] = [];
  #read: ThreadNs | null;
  #readAtNs: number;
  #stealNs: number | null;
  /**
   * When the last pass began, and events handed out when its wait began; in an array, as Disturbance.momentsNs.
   */
  readonly last = Float64Array.of(Number.POSITIVE_INFINITY, 0);
  readonly #awakeNs: () => number;
  readonly #events: () => number;
  /** The backlog that the last pause left; null: there is none any more. */
  #backlog: {
    readonly lengthNs: number;
    /** What was due until then is to leave first, and how late the next arrival was at that time. */
    toNs: number;
    lagNs: number;
    /** When it ends whatever is in flight; Infinity until all that was due has left. */
    endsNs: number;
    checkedNs: number;
  } | null = null;
  #inFlightBefore = 0;

  /** @param io see Io: when the last turn's events were handed out, and how many so far */
  constructor(
    worker: number,
    clocks: PauseClocks,
    nowNs: number,
    io: { readonly awakeNs: number; readonly events: number },
  ) {
    this.#worker = worker;
    this.#clocks = clocks;
    this.#awakeNs = () => io.awakeNs;
    this.#events = () => io.events;
    this.#read = clocks.thread();
    this.#readAtNs = nowNs;
    this.#stealNs = clocks.stealNs();
    this.disturbance.onLate = (lateNs) => this.#late(lateNs);
  }

  /**
   * A pass of the loop begins. One that follows the last one within 10 ms has not paused.
   *
   * @cost a comparison; every 20 ms a small file is read
   */
  turned(nowNs: number): void {
    const { last } = this;
    const isSoon = nowNs - (last[passedAt] as number) < shortestPauseNs;
    last[passedAt] = nowNs;
    if (!isSoon) this.#look(nowNs);
    else if (nowNs - this.#readAtNs >= readEveryNs) this.#readThread(nowNs);
  }

  #look(nowNs: number): void {
    const awakeNs = this.#awakeNs();
    if (nowNs > this.disturbance.lateFromNs) this.#late(nowNs);
    else if (nowNs - awakeNs >= shortestPauseNs) this.#note(awakeNs, nowNs);
    if (nowNs - this.#readAtNs >= readEveryNs) this.#readThread(nowNs);
  }

  /** The loop waits for events until then, or not at all. */
  waits(nowNs: number, deadlineNs: number): void {
    this.last[eventsAt] = this.#events();
    this.disturbance.lateFromNs = lateFrom(nowNs, deadlineNs);
  }

  /** Whether `check` is to be called in each pass: a pause's backlog lasts. */
  get isBehind(): boolean {
    return this.#backlog !== null;
  }

  /** Sees whether the backlog is worked off. */
  check(nowNs: number, { nextIntendedNs, inFlight }: Backlog): void {
    const backlog = this.#backlog;
    if (backlog === null) return;
    const { disturbance } = this;
    disturbance.totalNs += Math.max(0, nowNs - backlog.checkedNs);
    disturbance.untilNs = nowNs;
    backlog.checkedNs = nowNs;
    const lagNs = nowNs - nextIntendedNs;
    if (backlog.lagNs === Number.POSITIVE_INFINITY) backlog.lagNs = lagNs;
    if (lagNs <= backlogNs) {
      backlog.endsNs = Math.min(backlog.endsNs, nowNs + longestInFlight * backlog.lengthNs);
      if (inFlight <= this.#inFlightBefore || nowNs >= backlog.endsNs) this.#backlog = null;
    } else if (nextIntendedNs > backlog.toNs) {
      // All that was due by then has left: the rest of the queue is of the time since, and shorter, or the server's.
      if (lagNs >= backlog.lagNs) this.#backlog = null;
      backlog.toNs = nowNs;
      backlog.lagNs = lagNs;
    }
  }

  /** Between two snapshots: what is in flight while all is well. */
  watch({ inFlight }: Backlog): void {
    if (this.#backlog === null) this.#inFlightBefore = inFlight;
  }

  /** A garbage collection stopped this thread. */
  collected(fromNs: number, toNs: number): void {
    this.#collections.push({ fromNs, toNs });
  }

  /**
   * Returns the pauses whose cause is settled, each once.
   *
   * @param all as the worker ends: those whose cause may still become known as well
   */
  take(nowNs: number, all = false): Pause[] {
    const taken: Pause[] = [];
    while (this.#noted.length > 0) {
      const noted = this.#noted[0] as Noted;
      if (!all && noted.toNs > nowNs - settledNs) break;
      this.#noted.shift();
      const { fromNs, toNs } = noted;
      const cause = this.#collectedIn(noted) >= explains * (toNs - fromNs) ? "gc" : noted.cause;
      taken.push({ worker: this.#worker, fromNs, toNs, cause });
    }
    const oldestNs = this.#noted[0]?.fromNs ?? nowNs - settledNs;
    while ((this.#collections[0]?.toNs ?? oldestNs) < oldestNs) this.#collections.shift();
    this.#stealNs = this.#clocks.stealNs();
    return taken;
  }

  #late(nowNs: number): void {
    this.#note(this.disturbance.lateFromNs - shortestPauseNs, nowNs);
  }

  #note(fromNs: number, nowNs: number): void {
    const { disturbance } = this;
    disturbance.lateFromNs = Number.POSITIVE_INFINITY;
    disturbance.untilNs = nowNs;
    const last = this.#noted.at(-1);
    const cause = this.#causeOf(nowNs - fromNs, nowNs);
    if (last !== undefined && fromNs - last.toNs < neighbourNs) {
      const isLonger = nowNs - last.toNs > last.toNs - last.fromNs;
      disturbance.totalNs += Math.max(0, nowNs - Math.max(fromNs, last.toNs));
      this.#noted[this.#noted.length - 1] = {
        fromNs: Math.min(last.fromNs, fromNs),
        toNs: nowNs,
        cause: isLonger ? cause : last.cause,
      };
    } else {
      disturbance.totalNs += nowNs - fromNs;
      this.#noted.push({ fromNs, toNs: nowNs, cause });
    }
    this.#backlog = {
      lengthNs: nowNs - fromNs,
      toNs: nowNs,
      lagNs: Number.POSITIVE_INFINITY,
      endsNs: Number.POSITIVE_INFINITY,
      checkedNs: nowNs,
    };
  }

  #causeOf(lengthNs: number, nowNs: number): PauseCause {
    const [before, beforeAtNs, stealBeforeNs] = [this.#read, this.#readAtNs, this.#stealNs];
    this.#readThread(nowNs);
    this.#stealNs = this.#clocks.stealNs();
    if (before === null || this.#read === null) return this.#isFlooded ? "input" : "unknown";
    const ranNs = this.#read.ranNs - before.ranNs;
    const waitedNs = this.#read.waitedNs - before.waitedNs;
    const stolenNs = (this.#stealNs ?? 0) - (stealBeforeNs ?? 0);
    const enoughNs = explains * lengthNs;
    // The reading before it was up to 20 ms older than the pause, and the thread ran meanwhile.
    const otherNs = Math.max(0, nowNs - beforeAtNs - lengthNs);
    if (waitedNs >= enoughNs) return stolenNs >= waitedNs ? "steal" : "cpu";
    if (ranNs - otherNs >= enoughNs) return this.#isFlooded ? "input" : "unknown";
    if (stolenNs >= enoughNs) return "steal";
    return ranNs + waitedNs < enoughNs + otherNs ? "stopped" : "unknown";
  }

  get #isFlooded(): boolean {
    return this.#events() - (this.last[eventsAt] as number) >= floodEvents;
  }

  #readThread(nowNs: number): void {
    this.#read = this.#clocks.thread();
    this.#readAtNs = nowNs;
  }

  #collectedIn({ fromNs, toNs }: Noted): number {
    const overlap = (one: Omit<Noted, "cause">) =>
      Math.max(0, Math.min(toNs, one.toNs) - Math.max(fromNs, one.fromNs));
    return this.#collections.reduce((sum, one) => sum + overlap(one), 0);
  }
}
