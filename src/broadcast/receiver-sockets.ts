import { type Endpoint, emptyFlow } from "../address/flow.ts";
import { createFlowSpace } from "../address/flow-space.ts";
import type { Io, Peer, Transport, TransportEvents } from "../io/io.ts";
import { intendedTimeNs, sentPhase, sentTimeNs, timedStampBytes } from "../messages/send-time.ts";
import {
  isStamped,
  stampConnection,
  stampSequence,
  stampTag,
  stampWorkload,
} from "../messages/stamp.ts";
import { ArrivalsBySecond } from "../metrics/arrivals-by-second.ts";
import { IntervalLatency } from "../metrics/broadcast/interval-latency.ts";
import type { ReceiverCounts } from "../metrics/broadcast/receiver-counts.ts";
import { SpanBatch } from "../metrics/broadcast/span-batch.ts";
import type { Disturbance } from "../metrics/disturbance/disturbance.ts";
import { type Backlog, shortestPauseNs } from "../metrics/disturbance/pauses.ts";
import { phase } from "../metrics/snapshot.ts";
import type {
  FromReceivers,
  ListenRequest,
  Membership,
  MembershipSpan,
  ReceiverPlan,
} from "./protocol.ts";
import { ReceiverTally } from "./receiver-tally.ts";

/** Datagrams between two periodic reports, at most; if there are more, they are reported at once. */
const batchRows = 1 << 13;

/** How often received datagrams are reported. */
const sendEveryNs = 100e6;

/**
 * A receiver that leaves stays bound until a datagram has arrived from every sender that was sent after
 * it left: datagrams of one sender arrive in order. It waits that long for senders that are silent, and
 * for as long as anything arrives.
 */
const graceNs = 1e9;
const quietNs = 100e6;

/** Requested from the kernel, which grants up to net.core.rmem_max: a burst waits while the thread is busy. */
const receiveBufferBytes = 4 * 1024 * 1024;

const state = { away: 0, joining: 1, there: 2, leaving: 3, closing: 4 } as const;

/**
 * The receivers of one thread: sockets that share one address and port, each of which is meant to
 * receive every datagram.
 *
 *     | state   | event                            | next    |
 *     | ------- | -------------------------------- | ------- |
 *     | away    | time to join                     | joining |
 *     | joining | bound                            | there   |
 *     | there   | time to leave, if it ever leaves | leaving |
 *     | leaving | all before it has arrived        | closing |
 *     | closing | closed                           | away    |
 *
 * Only what was sent between the moment it was bound and the moment it left counts for a receiver: for
 * one that stays joined all the time, everything.
 */
export class ReceiverSockets implements TransportEvents {
  readonly #request: ListenRequest;
  readonly #now: () => number;
  readonly #send: (message: FromReceivers) => void;
  readonly #transport: Transport;
  /** Where datagrams come from, by sender. */
  readonly #senderAddresses: readonly string[];
  readonly #senderPorts: Uint16Array;
  readonly #spans = new SpanBatch(batchRows);
  readonly #tallies: readonly ReceiverTally[];
  // By slot: the place of a receiver in the request.
  readonly #state: Uint8Array;
  readonly #joinedNs: Float64Array;
  readonly #leftNs: Float64Array;
  /** Time of the next change of state that no event causes, ns. */
  readonly #changeNs: Float64Array;
  /** For receivers that leave: by sender, whether a datagram sent after the leave has arrived, and from how many. */
  readonly #passed: readonly Uint8Array[];
  readonly #passedCount: Uint32Array;
  /** What it had counted when it was last checked for silence. */
  readonly #lookedAt: Float64Array;
  #memberships: MembershipSpan[] = [];
  #sendAtNs = 0;
  #endpoint: Endpoint;
  #failed = false;
  /** Datagrams that arrived, of any kind. */
  datagrams = 0;
  /** Deliveries, to all receivers together. */
  readonly arrivals = new ArrivalsBySecond();
  /** Of all receivers together. */
  readonly latency = new IntervalLatency();
  readonly #disturbance: Disturbance;
  /** When the last datagram was sent that arrived; Infinity: nothing has arrived since somebody looked. */
  #sentNs = Number.POSITIVE_INFINITY;

  /**
   * @param now         the monotonic clock, ns
   * @param send        takes what was received, and `failed` where a receiver cannot join again
   * @param disturbance of the thread
   */
  constructor(
    io: Io,
    request: ListenRequest,
    now: () => number,
    send: (message: FromReceivers) => void,
    disturbance: Disturbance,
  ) {
    const { receivers, senders, group, endpoint } = request;
    this.#request = request;
    this.#now = now;
    this.#send = send;
    this.#disturbance = disturbance;
    this.#endpoint = endpoint;
    const sources = sourcesOf(request);
    this.#senderAddresses = sources.map(({ address }) => address);
    this.#senderPorts = Uint16Array.from(sources, ({ port }) => port);
    this.#tallies = receivers.map(() => new ReceiverTally(senders));
    this.#state = new Uint8Array(receivers.length);
    this.#joinedNs = new Float64Array(receivers.length).fill(Number.POSITIVE_INFINITY);
    this.#leftNs = new Float64Array(receivers.length).fill(Number.POSITIVE_INFINITY);
    this.#changeNs = new Float64Array(receivers.length).fill(Number.POSITIVE_INFINITY);
    this.#passed = receivers.map(
      ({ membership }) => new Uint8Array(membership === null ? 0 : senders),
    );
    this.#passedCount = new Uint32Array(receivers.length);
    this.#lookedAt = new Float64Array(receivers.length);
    this.#transport = io.transport({
      protocol: "udp",
      slots: receivers.length,
      events: this,
      reuse: "address",
      receiveBufferBytes,
      ...(group === null ? {} : { groups: [group] }),
    });
  }

  /**
   * Binds all receivers.
   *
   * @throws (rejects with) an Error whose `code` is the errno name
   */
  async join(): Promise<void> {
    for (const [slot, { membership }] of this.#request.receivers.entries()) {
      await this.#bind(slot, membership?.firstJoinedNs ?? Number.POSITIVE_INFINITY);
    }
  }

  /**
   * Lets receivers join and leave that are due, and reports what was received.
   *
   * @returns when to be called next, ns
   */
  tick(nowNs: number): number {
    if (nowNs >= this.#sendAtNs) {
      this.flush();
      this.#sendAtNs = nowNs + sendEveryNs;
    }
    let nextNs = this.#sendAtNs;
    for (let slot = 0; slot < this.#state.length; slot++) {
      if ((this.#changeNs[slot] as number) <= nowNs) this.#change(slot, nowNs);
      nextNs = Math.min(nextNs, this.#changeNs[slot] as number);
    }
    return Math.max(nowNs, nextNs);
  }

  /** Reports what was received since the last call. */
  flush(): void {
    if (this.#spans.isEmpty && this.#memberships.length === 0) return;
    this.#send({ type: "received", spans: this.#spans.take(), memberships: this.#memberships });
    this.#memberships = [];
  }

  reports(): ReceiverCounts[] {
    const { firstThread } = this.#request;
    return this.#tallies.map((tally, slot) =>
      tally.report(this.#planOf(slot).receiver, firstThread),
    );
  }

  /** How far behind the thread is: what arrived since the last call had been sent that long ago. */
  takeBacklog(): Backlog {
    const nextIntendedNs = this.#sentNs;
    this.#sentNs = Number.POSITIVE_INFINITY;
    return { nextIntendedNs, inFlight: 0 };
  }

  // Events of the transport.

  receivedFrom(slot: number, bytes: Uint8Array, start: number, end: number, peer: Peer): void {
    this.datagrams++;
    const tally = this.#tallies[slot] as ReceiverTally;
    if (!this.#isOurs(bytes, start, end, peer)) {
      tally.foreign++;
      return;
    }
    const sender = stampConnection(bytes, start);
    const sequence = stampSequence(bytes, start);
    const sentNs = sentTimeNs(bytes, start);
    if (this.#planOf(slot).membership !== null && !this.#isFor(slot, sender, sentNs)) return;
    if (!tally.take(sender, sequence, end - start)) return;
    // Not the time of the batch: the figure wanted is how far apart receivers are.
    const nowNs = this.#now();
    this.arrivals.add(nowNs, 1);
    const at = sentPhase(bytes, start);
    this.#sentNs = sentNs;
    const isDisturbed = this.#disturbance.meets(sentNs, nowNs);
    if (at === phase.steady) {
      const intendedNs = intendedTimeNs(bytes, start);
      tally.delivered(nowNs - intendedNs);
      // One that left so late met a pause of its sender.
      const leftLate = sentNs - intendedNs >= shortestPauseNs;
      this.latency.record(nowNs - intendedNs, isDisturbed || leftLate);
    }
    if (this.#spans.isFull) this.flush();
    this.#spans.add(sender, sequence, at, sentNs, nowNs, isDisturbed ? 1 : 0);
  }

  closed(slot: number): void {
    if (this.#state[slot] !== state.closing) return;
    this.#state[slot] = state.away;
    const { leftForNs } = this.#planOf(slot).membership as Membership;
    this.#changeNs[slot] = (this.#leftNs[slot] as number) + leftForNs;
  }

  opened(): void {}

  accepted(): void {}

  received(): void {}

  drained(): void {}

  errored(): void {}

  /** Others may send to the same port, such as another run of slash8. */
  #isOurs(bytes: Uint8Array, start: number, end: number, peer: Peer): boolean {
    if (end - start < timedStampBytes || !isStamped(bytes, start, end)) return false;
    const { workload, stampTag: tag } = this.#request;
    if (stampWorkload(bytes, start) !== workload || stampTag(bytes, start) !== tag) return false;
    const sender = stampConnection(bytes, start);
    return (
      this.#senderPorts[sender] === peer.port && this.#senderAddresses[sender] === peer.address
    );
  }

  /** Whether it was sent while the receiver was joined; a leaving receiver also notes senders that have gone on. */
  #isFor(slot: number, sender: number, sentNs: number): boolean {
    if (sentNs < (this.#leftNs[slot] as number)) return sentNs >= (this.#joinedNs[slot] as number);
    const passed = this.#passed[slot] as Uint8Array;
    if (passed[sender] === 0) {
      passed[sender] = 1;
      this.#passedCount[slot] = (this.#passedCount[slot] as number) + 1;
      // One that is closing already, as its senders were silent, still reads what has arrived.
      const isLast = this.#passedCount[slot] === this.#request.senders;
      if (isLast && this.#state[slot] === state.leaving) this.#changeNs[slot] = sentNs;
    }
    return false;
  }

  /** Whether nothing more for a leaving receiver can arrive, or nothing has arrived lately. */
  #isOver(slot: number): boolean {
    if (this.#passedCount[slot] === this.#request.senders) return true;
    const counted = (this.#tallies[slot] as ReceiverTally).received;
    const isQuiet = this.#lookedAt[slot] === counted;
    this.#lookedAt[slot] = counted;
    return isQuiet;
  }

  #planOf(slot: number): ReceiverPlan {
    return this.#request.receivers[slot] as ReceiverPlan;
  }

  #change(slot: number, nowNs: number): void {
    const { joinedForNs } = this.#planOf(slot).membership as Membership;
    if (this.#state[slot] === state.there) {
      this.#state[slot] = state.leaving;
      this.#leftNs[slot] = nowNs;
      this.#changeNs[slot] = nowNs + graceNs;
      (this.#passed[slot] as Uint8Array).fill(0);
      this.#passedCount[slot] = 0;
      this.#lookedAt[slot] = -1;
      this.#noteStay(slot);
    } else if (this.#state[slot] === state.leaving && !this.#isOver(slot)) {
      this.#changeNs[slot] = nowNs + quietNs;
    } else if (this.#state[slot] === state.leaving) {
      this.#state[slot] = state.closing;
      this.#changeNs[slot] = Number.POSITIVE_INFINITY;
      this.#transport.close(slot, "fin");
    } else {
      this.#changeNs[slot] = Number.POSITIVE_INFINITY;
      this.#bind(slot, joinedForNs).catch((error: NodeJS.ErrnoException) => {
        // The first failure ends the process.
        if (this.#failed) return;
        this.#failed = true;
        const { code = "EBROADCAST", message } = error;
        this.#send({ type: "failed", code, message });
      });
    }
  }

  async #bind(slot: number, joinedForNs: number): Promise<void> {
    this.#state[slot] = state.joining;
    this.#leftNs[slot] = Number.POSITIVE_INFINITY;
    this.#endpoint = await this.#transport.bind(slot, this.#endpoint);
    const nowNs = this.#now();
    this.#state[slot] = state.there;
    this.#joinedNs[slot] = nowNs;
    this.#changeNs[slot] = nowNs + joinedForNs;
    (this.#tallies[slot] as ReceiverTally).memberships++;
    this.#noteStay(slot);
  }

  #noteStay(slot: number): void {
    const { receiver, membership } = this.#planOf(slot);
    if (membership === null) return;
    this.#memberships.push({
      receiver,
      membership: (this.#tallies[slot] as ReceiverTally).memberships - 1,
      joinedNs: this.#joinedNs[slot] as number,
      leftNs: this.#leftNs[slot] as number,
    });
  }
}

function sourcesOf({ senders, space }: ListenRequest): Endpoint[] {
  const flows = createFlowSpace(space);
  const flow = emptyFlow();
  return Array.from({ length: senders }, (_, sender) => {
    flows.at(sender, flow);
    return { address: flow.sourceAddress, port: flow.sourcePort };
  });
}
