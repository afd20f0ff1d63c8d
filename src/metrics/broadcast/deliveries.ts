import type { Disturbances } from "../disturbance/disturbances.ts";
import { LostTime } from "../disturbance/lost-time.ts";
import { type Part, Undisturbed } from "../disturbance/undisturbed.ts";
import { counters, overPhases, phases, type Snapshot, timing, timings } from "../snapshot.ts";
import { noCounts } from "../sparse-counts.ts";
import type { DeliveryInterval } from "./interval-latency.ts";

/** As snapshots: at multiples of this on the monotonic clock. */
const cellNs = 250e6;

/** What is lost while a full queue is worked off: as much again as in the pause itself. */
const lostFactor = 2;

const noCounters = new Float64Array(phases.length * counters.length);

/** What disturbed a broadcast: pauses of its senders' workers and of the threads of its receivers, and the machine. */
export class Deliveries {
  /** Numbers of the threads of its receivers: see `receiverThreads`. */
  readonly threads: readonly number[];
  readonly #disturbances: Disturbances;
  readonly #senders: readonly number[];
  readonly #latency: Undisturbed;
  /** Messages sent, by cell from the first one on that has not been judged. */
  #sent: number[] = [];
  #firstCell = Number.NaN;
  /** By thread, what the cells before can have cost at most. */
  readonly #lostBefore = new Map<number, number>();
  /** By thread. */
  readonly #saturated = new Map<number, LostTime>();
  readonly #known = new Map<number, number>();

  /** @param senders the workers that send it */
  constructor(disturbances: Disturbances, senders: readonly number[], threads: readonly number[]) {
    this.#disturbances = disturbances;
    this.#senders = senders;
    this.threads = threads;
    this.#latency = new Undisturbed(disturbances, 0, { senders });
  }

  /** Takes a sender's snapshot. */
  sent(snapshot: Snapshot): void {
    this.#known.clear();
    const sent = overPhases(snapshot.counters, "sent");
    if (sent === 0) return;
    const from = Math.floor(snapshot.fromNs / cellNs);
    const to = Math.max(from + 1, Math.ceil(snapshot.toNs / cellNs));
    if (Number.isNaN(this.#firstCell)) this.#firstCell = from;
    for (let cell = Math.max(from, this.#firstCell); cell < to; cell++) {
      const at = cell - this.#firstCell;
      while (this.#sent.length <= at) this.#sent.push(0);
      this.#sent[at] = (this.#sent[at] as number) + sent / (to - from);
    }
  }

  /** A thread had no time to spare. */
  saturated(thread: number, fromNs: number, toNs: number): void {
    this.#known.clear();
    const time = this.#saturated.get(thread) ?? new LostTime();
    this.#saturated.set(thread, time);
    time.add(fromNs, toNs);
  }

  /** Takes what a thread's receivers received; a thread's intervals come in the order of time. */
  received(interval: DeliveryInterval): void {
    this.#known.clear();
    const { thread: worker, fromNs, toNs, latency, disturbed, pausedNs, saturated } = interval;
    if (saturated) this.saturated(worker, fromNs, toNs);
    const steady = timings.map((_, which) => (which === timing.responseTime ? latency : noCounts));
    this.#latency.add({
      worker,
      fromNs,
      toNs,
      disturbance: { ns: pausedNs, saturated },
      seconds: [
        {
          second: null,
          counters: noCounters,
          errors: [],
          statuses: [],
          steady,
          outside: [],
          disturbed: { responseTime: disturbed, serviceTime: noCounts, timedOut: 0 },
        },
      ],
    });
  }

  /** Judges what was sent until then, about which nothing more comes; monotonic clock, ns. */
  rollUp(untilNs: number, steadyNs: number): void {
    this.#latency.rollUp(steadyNs, Math.floor((untilNs - steadyNs) / 1e9));
    const old = Math.min(this.#sent.length, Math.floor(untilNs / cellNs) - this.#firstCell);
    if (!(old > 0)) return;
    this.#known.clear();
    for (const thread of this.threads) this.#lostBefore.set(thread, this.#lostIn(thread, old));
    this.#sent = this.#sent.slice(old);
    this.#firstCell += old;
  }

  /** Nothing more comes. */
  settle(): void {
    this.#known.clear();
    this.#latency.settle();
  }

  /** What was disturbed of the latency, which stands in the place of response times. */
  get part(): Part {
    return this.#latency.part();
  }

  /** Returns how many messages a disturbance can have cost a receiver of a thread, at most. */
  lostAtMost(thread: number): number {
    const known = this.#known.get(thread);
    if (known !== undefined) return known;
    const lost = this.#lostIn(thread, this.#sent.length);
    this.#known.set(thread, lost);
    return lost;
  }

  /** What the first of the cells, and all before, can have cost. */
  #lostIn(thread: number, cells: number): number {
    let lost = this.#lostBefore.get(thread) ?? 0;
    for (let at = 0; at < cells; at++) {
      const sent = this.#sent[at] as number;
      if (sent === 0) continue;
      const fromNs = (this.#firstCell + at) * cellNs;
      lost += sent * this.#lostRatio(thread, fromNs, fromNs + cellNs, lostFactor);
    }
    return lost;
  }

  /** Returns which ratio of a time was lost to the receivers, on average over their threads. */
  lostRatio(fromNs: number, toNs: number): number {
    if (toNs <= fromNs || this.threads.length === 0) return 0;
    const sum = this.threads.reduce(
      (total, thread) => total + this.#lostRatio(thread, fromNs, toNs, 1),
      0,
    );
    return sum / this.threads.length;
  }

  /** Returns the most that one of the threads lost in a time, ns. */
  mostLostNs(fromNs: number, toNs: number): number {
    return Math.max(
      0,
      ...this.threads.map((thread) => this.#disturbances.lostNs(thread, fromNs, toNs)),
    );
  }

  #lostRatio(thread: number, fromNs: number, toNs: number, factor: number): number {
    const saturatedNs = this.#saturated.get(thread)?.between(fromNs, toNs) ?? 0;
    const lostNs = Math.max(
      this.#disturbances.lostNs(thread, fromNs, toNs),
      this.#disturbances.meanLostNs(this.#senders, fromNs, toNs),
    );
    return Math.min(1, (saturatedNs + factor * lostNs) / (toNs - fromNs));
  }
}
