/**
 * The counters and histograms of one worker for one workload during the run; snapshot.ts describes what it
 * hands over.
 *
 * Everything is counted under the second that it belongs to, so that a part of steady state is exact whenever a
 * snapshot is taken. Usually an interval touches one second or two, which are allocated at the start; only where
 * replies take longer than a second are there more (second-counts.ts).
 */
import { assert } from "../base/assert.ts";
import { Anatomy } from "./anatomy.ts";
import { bucketOf } from "./buckets.ts";
import { FailingClients, replyTimes, SlowestClients } from "./clients.ts";
import { Disturbance, lateFromAt, untilAt } from "./disturbance/disturbance.ts";
import { mergeTallies, withParts } from "./merge.ts";
import { OpenFailureCounts, type OpenFailureExample } from "./open-failures.ts";
import { SecondCounts } from "./second-counts.ts";
import {
  counter,
  counters,
  type Moment,
  noParts,
  noSecond,
  type PartsOfWorkload,
  phaseAt,
  phase as phaseIndex,
  type SecondTally,
  type Side,
  type Snapshot,
  secondAt,
  type Tally,
  type Timing,
  timing,
} from "./snapshot.ts";
import { WrongReplies } from "./wrong-replies.ts";
import { WrongSources } from "./wrong-sources.ts";

/** Milliseconds of an interval that are recorded one by one; a later one counts as the last. */
const mostReceiveTimes = 2048;

/** Headers of UDP and IP; IPv6 has one more for fragments. @see RFC 768, 791, 8200 */
const udpHeaderBytes = 8;
const ipv4 = { header: 20, fragmentHeader: 0 } as const;
const ipv6 = { header: 40, fragmentHeader: 8 } as const;

export class Recorder {
  readonly #workload: number;
  readonly #worker: number;
  /** Of the workload's parts, by index. */
  readonly parts: readonly Recorder[];
  readonly #partsAddUp: boolean;
  #fromNs: number;
  #open = 0;
  #openPeak = 0;
  /** What was counted in this interval, by second; `#latest` is one of them, or unused. */
  readonly #seconds = new Map<number, SecondCounts>();
  #latest = new SecondCounts();
  /** Without counts. */
  readonly #spare: SecondCounts[] = [new SecondCounts(), this.#latest];
  #steadyEnded = false;
  /** Of steady state, and of all other phases, which are not reported: see `PhaseClock.at`. */
  readonly #slowest: readonly [SlowestClients, SlowestClients];
  readonly #failing = new FailingClients();
  readonly #wrongSources = new WrongSources();
  readonly #openFailures = new OpenFailureCounts();
  readonly #wrongReplies = new WrongReplies();
  readonly #anatomy = new Anatomy();
  /** The longest message that fits one packet, and the payload of a fragment of a longer one. */
  #wholeBytes = Number.POSITIVE_INFINITY;
  #fragmentBytes = Number.POSITIVE_INFINITY;

  readonly #receiveTimes: Uint8Array;
  #receiveTimesEnd = 0;

  readonly #disturbance: Disturbance;
  readonly #momentsNs: Float64Array;
  /** As `Disturbance.totalNs`, at the start of this interval. */
  #disturbedFromNs: number;

  /**
   * @param workload  index of the workload in the plan
   * @param worker    index of the worker over all agents
   * @param nowNs     monotonic clock, start of the first interval
   * @param clients   4-tuples that this worker may use, where that is known
   * @param keepReceiveTimes whether `receivedAt` will be called
   * @param disturbance of the worker; left out: it never pauses
   * @param parts     of the workload; left out: it has none
   */
  constructor(
    workload: number,
    worker: number,
    nowNs: number,
    clients: number = Number.POSITIVE_INFINITY,
    keepReceiveTimes = false,
    disturbance: Disturbance = new Disturbance(),
    parts: PartsOfWorkload = noParts,
  ) {
    this.#disturbance = disturbance;
    this.#momentsNs = disturbance.momentsNs;
    this.#disturbedFromNs = disturbance.totalNs;
    this.#slowest = [new SlowestClients(clients), new SlowestClients(clients)];
    this.#receiveTimes = new Uint8Array(keepReceiveTimes ? mostReceiveTimes : 0);
    this.#workload = workload;
    this.#worker = worker;
    this.#fromNs = nowNs;
    this.#partsAddUp = parts.addUp;
    this.parts = Array.from(
      { length: parts.count },
      () => new Recorder(workload, worker, nowNs, clients, false, disturbance),
    );
  }

  #of(moment: Moment): SecondCounts {
    const latest = this.#latest;
    const second = secondAt(moment);
    return latest.second === second ? latest : this.#turnTo(second);
  }

  #turnTo(second: number): SecondCounts {
    let counts = this.#seconds.get(second);
    if (counts === undefined) {
      counts = this.#spare.pop() ?? new SecondCounts();
      counts.second = second;
      this.#seconds.set(second, counts);
    }
    this.#latest = counts;
    return counts;
  }

  /**
   * Adds to a counter.
   *
   * @param counterIndex `counter.sent` and so on
   * @param by           integer >= 0
   * @cost               a few ns, no allocation
   */
  count(moment: Moment, counterIndex: number, by: number): void {
    const values = this.#of(moment).counters;
    const at = phaseAt(moment) * counters.length + counterIndex;
    values[at] = (values[at] as number) + by;
  }

  /**
   * Records a sample, in the histogram of steady state or in that of all other phases. Times of opening
   * (isOfAllPhases) use only the first, as they do not depend on the phase.
   *
   * @param ns floored; negative values count as 0, values over an hour go to the last bucket, while
   *           `max` and `sum` stay exact
   * @cost     about 12 ns, no allocation
   */
  time(which: Timing, moment: Moment, ns: number): void {
    const value = ns > 0 ? Math.floor(ns) : 0;
    this.#of(moment).add(which, phaseAt(moment), value, bucketOf(value));
  }

  /**
   * Counts a reply and records its two times, which are equal if the message was sent on time.
   *
   * @param nowNs     when it came, monotonic clock
   * @param arrivedIn moment in which it came, which may be a later one than that of its exchange
   */
  answered(
    moment: Moment,
    responseNs: number,
    serviceNs: number,
    nowNs: number,
    arrivedIn: Moment = moment,
  ): void {
    const reply = this.reply;
    reply[0] = responseNs;
    reply[1] = serviceNs;
    reply[2] = nowNs;
    this.answeredAs(moment, arrivedIn);
  }

  /**
   * As `answered`, of the times in `reply`: numbers that are handed to a function that V8 does not inline would be objects.
   *
   * @returns as `isSlow`
   */
  answeredAs(moment: Moment, arrivedIn: Moment): boolean {
    const responseNs = this.reply[0] as number;
    const serviceNs = this.reply[1] as number;
    const nowNs = this.reply[2] as number;
    const counts = this.#of(moment);
    const phase = phaseAt(moment);
    const received = phase * counters.length + counter.received;
    counts.counters[received] = (counts.counters[received] as number) + 1;
    const response = responseNs > 0 ? Math.floor(responseNs) : 0;
    const bucket = bucketOf(response);
    counts.add(timing.responseTime, phase, response, bucket);
    if (serviceNs === responseNs) counts.add(timing.serviceTime, phase, response, bucket);
    else {
      this.time(timing.serviceTime, moment, serviceNs);
      if (phase === phaseIndex.steady) this.#anatomy.late(bucket, response - serviceNs);
    }
    if (arrivedIn !== moment) {
      this.count(moment, counter.arrivedLater, 1);
      this.count(arrivedIn, counter.arrivedOfEarlier, 1);
    }
    const moments = this.#momentsNs;
    const isOld = nowNs - responseNs <= (moments[untilAt] as number);
    if (isOld || nowNs > (moments[lateFromAt] as number)) {
      this.#disturbedReply(moment, responseNs, serviceNs, nowNs);
    }
    return responseNs > this.#slowestIn(moment).overNs;
  }

  /** Records the kernel's times in `reply`, which was counted by `answeredAs`. */
  timed(moment: Moment): void {
    const { reply } = this;
    const responseNs = reply[replyTimes.responseNs] as number;
    const serviceNs = reply[replyTimes.serviceNs] as number;
    const wokenNs = reply[replyTimes.wokenNs] as number;
    const submittedNs = reply[replyTimes.submittedNs] as number;
    const receivedNs = reply[replyTimes.receivedNs] as number;
    const wireNs = receivedNs - submittedNs;
    this.time(timing.wireTime, moment, wireNs);
    if (phaseAt(moment) !== phaseIndex.steady) return;
    const bucket = bucketOf(responseNs);
    const queuedNs = submittedNs - (wokenNs - serviceNs);
    this.#anatomy.timed(bucket, responseNs - serviceNs, queuedNs, wireNs, wokenNs - receivedNs);
  }

  #disturbedReply(moment: Moment, responseNs: number, serviceNs: number, nowNs: number): void {
    const meets = this.#disturbance.meets(nowNs - responseNs, nowNs);
    if (!meets || phaseAt(moment) !== phaseIndex.steady) return;
    this.#of(moment).disturbed.answered(responseNs, serviceNs);
  }

  /**
   * Counts an exchange without a reply in time, which stands in the histograms with what it had taken when its time
   * was up: a percentile that left out the slowest would flatter the target.
   *
   * @param endNs when its time was up, monotonic clock
   */
  timedOut(moment: Moment, responseNs: number, serviceNs: number, endNs: number): void {
    this.count(moment, counter.timedOut, 1);
    this.time(timing.responseTime, moment, responseNs);
    this.time(timing.serviceTime, moment, serviceNs);
    const isSteady = phaseAt(moment) === phaseIndex.steady;
    if (isSteady) this.#anatomy.late(bucketOf(responseNs), responseNs - serviceNs);
    if (this.#disturbance.meets(endNs - responseNs, endNs) && isSteady) {
      this.#of(moment).disturbed.timedOut(responseNs, serviceNs);
    }
  }

  /**
   * Records by how much a message left later than intended, and which part of it was spent waiting for a free
   * connection; the rest is the generator's own.
   *
   * @param freedNs when a connection was free again that the message had to wait for
   */
  lag(moment: Moment, intendedNs: number, freedNs: number, sentNs: number): void {
    const waitNs = freedNs > intendedNs ? freedNs - intendedNs : 0;
    this.time(timing.sendLag, moment, sentNs - intendedNs);
    this.time(timing.connectionWait, moment, waitNs);
    this.time(timing.generatorLag, moment, sentNs - intendedNs - waitNs);
  }

  /** Counts a message that was due and has been sent. */
  sent(moment: Moment, bytes: number): void {
    this.count(moment, counter.offered, 1);
    this.sentOffered(moment, bytes);
  }

  /** As `sent`, of a message that is counted as offered already. */
  sentOffered(moment: Moment, bytes: number): void {
    const at = phaseAt(moment) * counters.length;
    const values = this.#of(moment).counters;
    values[at + counter.sent] = (values[at + counter.sent] as number) + 1;
    values[at + counter.bytesSent] = (values[at + counter.bytesSent] as number) + bytes;
    if (bytes > this.#wholeBytes) this.#countFragments(moment, bytes);
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
    for (const part of this.parts) part.fragmentAbove(mtuBytes, family);
  }

  #countFragments(moment: Moment, bytes: number): void {
    this.count(moment, counter.fragmented, 1);
    const fragments = Math.ceil((bytes + udpHeaderBytes) / this.#fragmentBytes);
    this.count(moment, counter.fragments, fragments);
  }

  /** Counts the HTTP status of a reply that was `answered`. @cost a few ns, no allocation but for the first */
  status(moment: Moment, status: number): void {
    this.#of(moment).statuses.add(phaseAt(moment), status);
  }

  /** Counts an error by its errno name (or slash8's own name for it), the side at fault and the phase. */
  error(code: string, side: Side, moment: Moment, by = 1): void {
    this.#of(moment).error(code, side, phaseAt(moment), by);
  }

  /** Of a reply: `replyTimes`. */
  readonly reply = new Float64Array(replyTimes.length).fill(Number.NaN);

  /** Returns whether a reply took so long that its client matters: if so, call `slow`. */
  isSlow(moment: Moment, responseNs: number): boolean {
    return responseNs > this.#slowestIn(moment).overNs;
  }

  /**
   * Records the client of the reply in `reply`, for which `isSlow` is true.
   *
   * @param client      index in the flow space
   * @param handedOutNs when the reply was handed out, monotonic clock: now
   */
  slow(moment: Moment, client: number, handedOutNs: number): void {
    this.#slowestIn(moment).add(client, this.reply, handedOutNs);
  }

  #slowestIn(moment: Moment): SlowestClients {
    return this.#slowest[phaseAt(moment) === phaseIndex.steady ? 0 : 1];
  }

  /** As `error`, for an error of one client. */
  failed(client: number, code: string, side: Side, moment: Moment): void {
    this.error(code, side, moment);
    this.#failing.add(client, code);
  }

  /** Counts a connection of which an opening step failed. */
  openFailed(failure: OpenFailureExample, side: Side, moment: Moment): void {
    this.count(moment, counter.openFailed, 1);
    this.failed(failure.client, failure.code, side, moment);
    this.#openFailures.add(failure);
  }

  /** Keeps a reply that is wrong, the first with its code, as an example: bytes `[start, end)` of `receivedBytes`. */
  wrongReply(
    code: string,
    client: number,
    nowNs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedBytes: number,
  ): void {
    this.#wrongReplies.add(code, client, nowNs, bytes, start, end, receivedBytes);
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

  /** Records which connections are open as steady state ends; only the first call counts. */
  steadyEnded(): void {
    if (this.#steadyEnded) return;
    this.#steadyEnded = true;
    this.count(phaseIndex.steady, counter.openAtEnd, this.#open);
  }

  /** Connections open now. */
  get open(): number {
    return this.#open;
  }

  /**
   * Returns the interval, with those of the parts, and starts the next one from zero; only the open connections stay.
   *
   * @param nowNs monotonic clock, end of this interval and start of the next
   * @returns     arrays of exact length that the caller owns
   * @cost        5 to 30 us for each second touched
   */
  snapshot(nowNs: number): Snapshot {
    const own = this.#ownSnapshot(nowNs);
    if (this.parts.length === 0) return own;
    const parts = this.parts.map((part) => part.snapshot(nowNs));
    return { ...(this.#partsAddUp ? withParts(own, parts) : own), parts };
  }

  #ownSnapshot(nowNs: number): Snapshot {
    const seconds = this.#takeSeconds();
    const snapshot: Snapshot = {
      workload: this.#workload,
      worker: this.#worker,
      fromNs: this.#fromNs,
      toNs: nowNs,
      open: this.#open,
      openPeak: this.#openPeak,
      ...this.#sumOf(seconds),
      seconds,
      wrongSources: this.#wrongSources.take(),
      openFailures: this.#openFailures.take(),
      wrongReplies: this.#wrongReplies.take(),
      slowest: this.#slowest[0].take(),
      failing: this.#failing.take(),
      anatomy: this.#anatomy.take(),
      ...(this.#receiveTimes.length === 0
        ? {}
        : { receiveTimes: this.#receiveTimes.slice(0, this.#receiveTimesEnd) }),
      ...this.#takeDisturbance(nowNs),
    };
    this.#slowest[1].clear();
    this.#receiveTimes.fill(0, 0, this.#receiveTimesEnd);
    this.#receiveTimesEnd = 0;
    this.#fromNs = nowNs;
    this.#openPeak = this.#open;
    return snapshot;
  }

  #takeDisturbance(nowNs: number): Pick<Snapshot, "disturbance"> {
    const { totalNs, saturated } = this.#disturbance;
    const ns = Math.min(totalNs - this.#disturbedFromNs, nowNs - this.#fromNs);
    this.#disturbedFromNs = totalNs;
    return ns <= 0 && !saturated ? {} : { disturbance: { ns: Math.max(0, ns), saturated } };
  }

  #takeSeconds(): SecondTally[] {
    const taken = [...this.#seconds].sort(([a], [b]) => a - b);
    this.#seconds.clear();
    return taken.map(([second, counts]) => {
      const tally = counts.take();
      this.#spare.push(counts);
      return { second: second === noSecond ? null : second, ...tally };
    });
  }

  /** The arrays of a single second are the sum: a message has them once. */
  #sumOf(seconds: readonly SecondTally[]): Tally {
    const [first, ...others] = seconds;
    if (first === undefined) return (this.#spare[0] as SecondCounts).take();
    const { second: _, ...sum } = first;
    return others.reduce<Tally>(mergeTallies, sum);
  }
}
