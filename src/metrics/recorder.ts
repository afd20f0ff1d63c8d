/**
 * The counters and histograms of one worker for one workload during the run; snapshot.ts describes what it
 * hands over.
 *
 * Everything is allocated at the start, about 1.6 MiB: 12 interval histograms of Uint32 counts, which
 * cannot wrap within an interval, and Float64 sums in addition, which are exact to 2^53.
 */
import { assert } from "../base/assert.ts";
import { bucketCount, bucketOf } from "./buckets.ts";
import { FailingClients, SlowestClients } from "./clients.ts";
import {
  counter,
  counters,
  type ErrorCount,
  type Phase,
  phase as phaseIndex,
  phases,
  type Side,
  type Snapshot,
  type SparseCounts,
  type Timing,
  timing,
  timings,
} from "./snapshot.ts";
import { sparseOf } from "./sparse-counts.ts";
import { StatusCounts } from "./status-counts.ts";
import { WrongSources } from "./wrong-sources.ts";

/** Row of a histogram: two per timing, steady state first. */
const rows = 2 * timings.length;
/** Columns of `sums`, per row. */
const countAt = 0;
const minAt = 1;
const maxAt = 2;
const sumAt = 3;
const squaresAt = 4;
const columns = 5;

/** Milliseconds of an interval that are recorded one by one; a later one counts as the last. */
const mostReceiveTimes = 2048;

/** Headers of UDP and IP; IPv6 has one more for fragments. @see RFC 768, 791, 8200 */
const udpHeaderBytes = 8;
const ipv4 = { header: 20, fragmentHeader: 0 } as const;
const ipv6 = { header: 40, fragmentHeader: 8 } as const;

export class Recorder {
  readonly #workload: number;
  readonly #worker: number;
  #fromNs: number;
  #open = 0;
  #openPeak = 0;
  readonly #counters = new Float64Array(phases.length * counters.length);
  /** Counts by [row * bucketCount + bucket]. */
  readonly #counts = new Uint32Array(rows * bucketCount);
  /** By [row * columns + column], ns. */
  readonly #sums = new Float64Array(rows * columns);
  /** Of steady state, and of all other phases, which are not reported: see `PhaseClock.at`. */
  readonly #slowest: readonly [SlowestClients, SlowestClients];
  readonly #failing = new FailingClients();
  readonly #errors = new Map<string, ErrorCount>();
  readonly #statuses = new StatusCounts();
  readonly #wrongSources = new WrongSources();
  /** The longest message that fits one packet, and the payload of a fragment of a longer one. */
  #wholeBytes = Number.POSITIVE_INFINITY;
  #fragmentBytes = Number.POSITIVE_INFINITY;

  readonly #receiveTimes: Uint8Array;
  #receiveTimesEnd = 0;

  /**
   * @param workload  index of the workload in the plan
   * @param worker    index of the worker over all agents
   * @param nowNs     monotonic clock, start of the first interval
   * @param clients   4-tuples that this worker may use, where that is known
   * @param keepReceiveTimes whether `receivedAt` will be called
   */
  constructor(
    workload: number,
    worker: number,
    nowNs: number,
    clients: number = Number.POSITIVE_INFINITY,
    keepReceiveTimes = false,
  ) {
    this.#slowest = [new SlowestClients(clients), new SlowestClients(clients)];
    this.#receiveTimes = new Uint8Array(keepReceiveTimes ? mostReceiveTimes : 0);
    this.#workload = workload;
    this.#worker = worker;
    this.#fromNs = nowNs;
    for (let row = 0; row < rows; row++) this.#clear(row);
  }

  /**
   * Adds to a counter.
   *
   * @param counterIndex `counter.sent` and so on
   * @param by           integer >= 0
   * @cost               a few ns, no allocation
   */
  count(phase: Phase, counterIndex: number, by: number): void {
    const at = phase * counters.length + counterIndex;
    this.#counters[at] = (this.#counters[at] as number) + by;
  }

  /**
   * Records a sample, in the histogram of steady state or in that of all other phases. Connect times
   * use only the first, as they do not depend on the phase.
   *
   * @param ns floored; negative values count as 0, values over an hour go to the last bucket, while
   *           `max` and `sum` stay exact
   * @cost     about 12 ns, no allocation
   */
  time(which: Timing, phase: Phase, ns: number): void {
    const value = ns > 0 ? Math.floor(ns) : 0;
    this.#add(which, phase, value, bucketOf(value));
  }

  /**
   * Counts a reply and records its two times, which are equal if the message was sent on time.
   *
   * @param arrivedIn phase in which it came, which may be a later one than that of its exchange
   */
  answered(phase: Phase, responseNs: number, serviceNs: number, arrivedIn: Phase = phase): void {
    this.count(phase, counter.received, 1);
    if (arrivedIn !== phase) {
      this.count(phase, counter.arrivedLater, 1);
      if (arrivedIn === phaseIndex.steady) this.count(phase, counter.arrivedInSteady, 1);
    }
    const response = responseNs > 0 ? Math.floor(responseNs) : 0;
    const bucket = bucketOf(response);
    this.#add(timing.responseTime, phase, response, bucket);
    if (serviceNs === responseNs) this.#add(timing.serviceTime, phase, response, bucket);
    else this.time(timing.serviceTime, phase, serviceNs);
  }

  /**
   * Counts an exchange without a reply in time, which stands in the histograms with what it had taken when its time
   * was up: a percentile that left out the slowest would flatter the target.
   */
  timedOut(phase: Phase, responseNs: number, serviceNs: number): void {
    this.count(phase, counter.timedOut, 1);
    this.time(timing.responseTime, phase, responseNs);
    this.time(timing.serviceTime, phase, serviceNs);
  }

  /**
   * Records by how much a message left later than intended, and which part of it was spent waiting for a free
   * connection; the rest is the generator's own.
   *
   * @param freedNs when a connection was free again that the message had to wait for
   */
  lag(phase: Phase, intendedNs: number, freedNs: number, sentNs: number): void {
    const waitNs = freedNs > intendedNs ? freedNs - intendedNs : 0;
    this.time(timing.sendLag, phase, sentNs - intendedNs);
    this.time(timing.connectionWait, phase, waitNs);
    this.time(timing.generatorLag, phase, sentNs - intendedNs - waitNs);
  }

  /** Counts a message that was due and has been sent. */
  sent(phase: Phase, bytes: number): void {
    const at = phase * counters.length;
    const values = this.#counters;
    values[at + counter.offered] = (values[at + counter.offered] as number) + 1;
    values[at + counter.sent] = (values[at + counter.sent] as number) + 1;
    values[at + counter.bytesSent] = (values[at + counter.bytesSent] as number) + bytes;
    if (bytes > this.#wholeBytes) this.#countFragments(phase, bytes);
  }

  /**
   * Starts to count datagrams that are too long for one packet; none are counted before this call.
   *
   * @param mtuBytes of the outgoing interface
   */
  fragmentAbove(mtuBytes: number, family: 4 | 6): void {
    const { header, fragmentHeader } = family === 4 ? ipv4 : ipv6;
    this.#wholeBytes = mtuBytes - header - udpHeaderBytes;
    // All but the last fragment carry a multiple of 8 bytes.
    this.#fragmentBytes = Math.floor((mtuBytes - header - fragmentHeader) / 8) * 8;
  }

  #countFragments(phase: Phase, bytes: number): void {
    this.count(phase, counter.fragmented, 1);
    const fragments = Math.ceil((bytes + udpHeaderBytes) / this.#fragmentBytes);
    this.count(phase, counter.fragments, fragments);
  }

  /** Counts the HTTP status of a reply that was `answered`. @cost a few ns, no allocation but for the first */
  status(phase: Phase, status: number): void {
    this.#statuses.add(phase, status);
  }

  #add(which: Timing, phase: Phase, value: number, valueBucket: number): void {
    const steady = phase === phaseIndex.steady || which === timing.connectTime;
    const row = 2 * which + (steady ? 0 : 1);
    const bucket = row * bucketCount + valueBucket;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    const sums = this.#sums;
    const at = row * columns;
    sums[at + countAt] = (sums[at + countAt] as number) + 1;
    if (value < (sums[at + minAt] as number)) sums[at + minAt] = value;
    if (value > (sums[at + maxAt] as number)) sums[at + maxAt] = value;
    sums[at + sumAt] = (sums[at + sumAt] as number) + value;
    sums[at + squaresAt] = (sums[at + squaresAt] as number) + value * value;
  }

  /** Counts an error by its errno name (or slash8's own name for it), the side at fault and the phase. */
  error(code: string, side: Side, phase: Phase, by = 1): void {
    const key = `${phase} ${side} ${code}`;
    const count = (this.#errors.get(key)?.count ?? 0) + by;
    this.#errors.set(key, { code, side, phase: phases[phase], count });
  }

  /** Returns whether a reply took so long that its client matters: if so, call `slow`. */
  isSlow(phase: Phase, responseNs: number): boolean {
    return responseNs > this.#slowestIn(phase).overNs;
  }

  /** Records the client of a reply for which `isSlow` is true; `client` is an index in the flow space. */
  slow(phase: Phase, client: number, responseNs: number): void {
    this.#slowestIn(phase).add(client, Math.floor(responseNs));
  }

  #slowestIn(phase: Phase): SlowestClients {
    return this.#slowest[phase === phaseIndex.steady ? 0 : 1];
  }

  /** As `error`, for an error of one client. */
  failed(client: number, code: string, side: Side, phase: Phase): void {
    this.error(code, side, phase);
    this.#failing.add(client, code);
  }

  /** UDP: records a datagram whose source is not the destination of its exchange. */
  wrongSource(
    destinationAddress: string,
    destinationPort: number,
    fromAddress: string,
    fromPort: number,
  ): void {
    this.#wrongSources.add(destinationAddress, destinationPort, fromAddress, fromPort);
  }

  /** Records the millisecond in which something was received. @cost a few ns, no allocation */
  receivedAt(nowNs: number): void {
    const ms = Math.floor(nowNs / 1e6) - Math.floor(this.#fromNs / 1e6);
    const at = Math.min(ms, mostReceiveTimes - 1);
    this.#receiveTimes[at] = 1;
    if (at >= this.#receiveTimesEnd) this.#receiveTimesEnd = at + 1;
  }

  /** Records that a connection was established (UDP: a socket is ready). */
  opened(): void {
    this.#open++;
    if (this.#open > this.#openPeak) this.#openPeak = this.#open;
  }

  /** Records that a connection that was `opened` has ended, whichever side ended it. */
  closed(): void {
    assert(this.#open > 0, "a connection closed that was not open");
    this.#open--;
  }

  /** Connections open now. */
  get open(): number {
    return this.#open;
  }

  /**
   * Returns the interval and starts the next one from zero; only the open connections stay.
   *
   * @param nowNs monotonic clock, end of this interval and start of the next
   * @returns     arrays of exact length that the caller owns
   * @cost        proportional to the span of buckets used, about 1 ns each: 5 to 30 us
   */
  snapshot(nowNs: number): Snapshot {
    const steady: SparseCounts[] = [];
    const outside: SparseCounts[] = [];
    for (let row = 0; row < rows; row++) (row % 2 === 0 ? steady : outside).push(this.#take(row));
    const snapshot: Snapshot = {
      workload: this.#workload,
      worker: this.#worker,
      fromNs: this.#fromNs,
      toNs: nowNs,
      open: this.#open,
      openPeak: this.#openPeak,
      counters: this.#counters.slice(),
      errors: [...this.#errors.values()],
      statuses: this.#statuses.take(),
      wrongSources: this.#wrongSources.take(),
      slowest: this.#slowest[0].take(),
      failing: this.#failing.take(),
      steady,
      outside,
      ...(this.#receiveTimes.length === 0
        ? {}
        : { receiveTimes: this.#receiveTimes.slice(0, this.#receiveTimesEnd) }),
    };
    this.#slowest[1].clear();
    this.#receiveTimes.fill(0, 0, this.#receiveTimesEnd);
    this.#receiveTimesEnd = 0;
    this.#fromNs = nowNs;
    this.#openPeak = this.#open;
    this.#counters.fill(0);
    this.#errors.clear();
    return snapshot;
  }

  #clear(row: number): void {
    const at = row * columns;
    this.#sums.fill(0, at, at + columns);
    this.#sums[at + minAt] = Number.POSITIVE_INFINITY;
  }

  /** Returns a histogram and clears it. The exact minimum and maximum bound the buckets that can be non-empty. */
  #take(row: number): SparseCounts {
    const at = row * columns;
    const sums = this.#sums;
    const count = sums[at + countAt] as number;
    const min = sums[at + minAt] as number;
    const max = sums[at + maxAt] as number;
    const first = count === 0 ? 0 : bucketOf(min);
    const end = count === 0 ? 0 : bucketOf(max) + 1;
    const span = this.#counts.subarray(row * bucketCount + first, row * bucketCount + end);
    const { indexes, counts } = sparseOf(span, first);
    const sum = sums[at + sumAt] as number;
    const sumOfSquares = sums[at + squaresAt] as number;
    this.#clear(row);
    return { indexes, counts, count, min, max, sum, sumOfSquares };
  }
}
