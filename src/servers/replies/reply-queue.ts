import type { Peer } from "../../io/io.ts";

/** A reply that waits. Records are reused: copy what must last. */
export interface Reply {
  dueNs: number;
  slot: number;
  /** Of the slot, when the request arrived: if it differs, the request's connection has ended. */
  generation: number;
  /** UDP: where to send it. */
  peer: Peer | null;
  bytes: Uint8Array;
  start: number;
  end: number;
  /** What it costs while it waits. */
  ownBytes: number;
  /** TCP: whether the connection is closed after it. */
  last: boolean;
}

const nothing = new Uint8Array(0);

function emptyReply(): Reply {
  return {
    dueNs: 0,
    slot: 0,
    generation: 0,
    peer: null,
    bytes: nothing,
    start: 0,
    end: 0,
    ownBytes: 0,
    last: false,
  };
}

/** First in, first out: a ring of records that doubles when it is full and never shrinks. */
export class ReplyQueue {
  #ring: Reply[] = Array.from({ length: 64 }, emptyReply);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Returns the record after the last one; the caller fills every field. */
  push(): Reply {
    if (this.#length === this.#ring.length) {
      const ordered = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
      this.#ring = [...ordered, ...Array.from({ length: ordered.length }, emptyReply)];
      this.#head = 0;
    }
    const reply = this.#at(this.#head + this.#length);
    this.#length++;
    return reply;
  }

  /** Returns the first record, or null. */
  peek(): Reply | null {
    return this.#length === 0 ? null : this.#at(this.#head);
  }

  /** Drops the first record and its references. */
  shift(): void {
    const reply = this.#at(this.#head);
    reply.bytes = nothing;
    reply.peer = null;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#length--;
  }

  #at(index: number): Reply {
    return this.#ring[index % this.#ring.length] as Reply;
  }
}
