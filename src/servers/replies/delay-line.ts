import type { Peer } from "../../io/io.ts";
import type { Pause } from "./pause.ts";
import { type ReadPauses, readPauseReason } from "./read-pauses.ts";
import { ReplyQueue } from "./reply-queue.ts";
import type { ReplyWriter } from "./reply-writer.ts";
import { Staging } from "./staging.ts";

/** Bytes that may wait for one connection; it is not read again before they have been sent. */
const crowdedBytes = 256 * 1024;
/** Bytes that may wait in all: connections that add to them are not read, datagrams are dropped. */
const fullBytes = 256 * 1024 * 1024;
/**
 * How much later than due a reply may leave: the precision of plain timers. For more precision Node
 * would busy-wait, and on two CPUs shared with a client that does the same, the median of a 20 ms delay
 * was 24-26 ms instead of 20.3-21.3.
 */
export const slackNs = 3e6;

/** What a waiting reply costs in addition to its bytes, approximately. */
const recordBytes = 64;

/**
 * Holds replies back until the delay and pauses release them.
 *
 * One rule applies to all replies, and it never decreases in time: the first in is the first due, so
 * a ring is enough.
 */
export class DelayLine {
  readonly #replyWriter: ReplyWriter;
  readonly #pauses: ReadPauses;
  readonly #delayNs: number;
  readonly #pause: Pause | null;
  readonly #staging = new Staging();
  readonly #queue = new ReplyQueue();
  /** By slot: distinguishes a connection from the one that had the slot before. */
  readonly #generations: Uint32Array;
  /** By slot: bytes in the queue. */
  readonly #waitingBytes: Float64Array;
  #allBytes = 0;

  /** @param slots the transport's */
  constructor(
    replyWriter: ReplyWriter,
    slots: number,
    pauses: ReadPauses,
    delayNs: number,
    pause: Pause | null,
  ) {
    this.#replyWriter = replyWriter;
    this.#pauses = pauses;
    this.#delayNs = delayNs;
    this.#pause = pause;
    this.#generations = new Uint32Array(slots);
    this.#waitingBytes = new Float64Array(slots);
  }

  /**
   * Queues the reply to a request that arrived at `nowNs`; see ReplyWriter.send.
   *
   * @cost a copy of the bytes; nothing is allocated while the ring and the staging's block last
   */
  send(
    slot: number,
    peer: Peer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
    stable: boolean,
    last: boolean,
    nowNs: number,
  ): void {
    this.flush(nowNs);
    const dueNs = this.#dueNs(nowNs);
    if (dueNs <= nowNs) {
      this.#replyWriter.send(slot, peer, bytes, start, end, stable, last);
      return;
    }
    if (peer !== null && this.#allBytes >= fullBytes) return;
    const length = end - start;
    const reply = this.#queue.push();
    reply.dueNs = dueNs;
    reply.slot = slot;
    reply.generation = this.#generations[slot] as number;
    // A peer belongs to the transport and is valid only during this turn.
    reply.peer = peer === null ? null : ownPeer(peer);
    reply.start = stable ? start : this.#staging.copy(bytes, start, end);
    reply.end = reply.start + length;
    reply.bytes = stable ? bytes : this.#staging.bytes;
    reply.ownBytes = recordBytes + (stable ? 0 : length);
    reply.last = last;
    if (!stable) this.#staging.keep(length);
    this.#allBytes += reply.ownBytes;
    const waitingBytes = (this.#waitingBytes[slot] as number) + reply.ownBytes;
    this.#waitingBytes[slot] = waitingBytes;
    if (peer === null && (waitingBytes > crowdedBytes || this.#allBytes > fullBytes)) {
      this.#pauses.add(slot, readPauseReason.crowded);
    }
  }

  /** Sends what is due. */
  flush(nowNs: number): void {
    for (let reply = this.#queue.peek(); reply !== null; reply = this.#queue.peek()) {
      if (reply.dueNs > nowNs) return;
      const { slot, peer, bytes, start, end, last } = reply;
      this.#allBytes -= reply.ownBytes;
      const current = reply.generation === this.#generations[slot];
      const waitingBytes = (this.#waitingBytes[slot] as number) - reply.ownBytes;
      this.#queue.shift();
      if (!current) continue;
      this.#waitingBytes[slot] = waitingBytes;
      this.#replyWriter.send(slot, peer, bytes, start, end, true, last);
      if (waitingBytes === 0) this.#pauses.remove(slot, readPauseReason.crowded);
    }
  }

  /**
   * Returns a time not later than the next reply is due, whether it waits here or its request is still to
   * arrive, ns. A request that arrives during a turn must find the turn over in time, however late it ends.
   */
  nextDeadlineNs(nowNs: number): number {
    const firstNs = this.#queue.peek()?.dueNs ?? Number.POSITIVE_INFINITY;
    if (this.#delayNs === 0) return firstNs;
    const soonestNs = this.#dueNs(nowNs);
    return Math.min(firstNs, this.#delayNs > 2 * slackNs ? soonestNs - slackNs : soonestNs);
  }

  /** The connection has ended; its waiting replies are not sent. */
  reset(slot: number): void {
    this.#generations[slot] = ((this.#generations[slot] as number) + 1) >>> 0;
    this.#waitingBytes[slot] = 0;
  }

  #dueNs(nowNs: number): number {
    if (this.#pause === null) return nowNs + this.#delayNs;
    return this.#pause.releaseNs(this.#pause.releaseNs(nowNs) + this.#delayNs);
  }
}

function ownPeer({ address, port, local }: Peer): Peer {
  return local === undefined ? { address, port } : { address, port, local };
}
