import type { Transport } from "../io/io.ts";
import type { MessageWriter } from "../messages/message.ts";
import { writeSendTime } from "../messages/send-time.ts";
import type { Phase } from "../metrics/snapshot.ts";

/**
 * Sends a workload's messages without an allocation per message: a message that never changes is
 * sent from where it stands, others are written into one scratch array, which is left to the
 * transport and replaced where it could not pass the bytes on at once.
 */
export class Sender {
  readonly #writer: MessageWriter;
  readonly #constant: Buffer | null;
  #scratch: Buffer;
  /** Whether the writer's latest message stands in it as it was written. */
  #isWritten = false;
  /** Whether messages carry the time they are sent at (send-time.ts). */
  readonly timed: boolean;
  /** Length of every message, bytes; null: they differ. */
  readonly fixedBytes: number | null;
  /** Length of the message sent last, bytes. */
  lastBytes = 0;

  /**
   * @param stamps false to send the first message every time, stamp included, where it is not looked at
   * @param timed  whether `sendTimed` is what sends; the messages are stamped, and have room for it
   */
  constructor(writer: MessageWriter, stamps: boolean, timed = false) {
    this.timed = timed;
    this.#writer = writer;
    this.fixedBytes = writer.fixedBytes;
    this.#scratch = Buffer.alloc(writer.maxBytes);
    if (writer.constant !== null) this.#constant = Buffer.from(writer.constant);
    else if (writer.fixedBytes !== null && writer.stamped && !stamps)
      this.#constant = Buffer.from(this.#written(0, 0, ""));
    else this.#constant = null;
  }

  /** As `Transport.send`: false when the slot takes no more until `drained`. */
  send(
    transport: Transport,
    slot: number,
    sequence: number,
    connection: number,
    source: string,
  ): boolean {
    const constant = this.#constant;
    if (constant !== null) {
      this.lastBytes = constant.length;
      return transport.send(slot, constant, 0, constant.length);
    }
    const length = this.#write(sequence, connection, source);
    this.lastBytes = length;
    const passed = transport.send(slot, this.#scratch, 0, length);
    if (!passed) this.#leaveScratch();
    return passed;
  }

  /** As `send`, with the times in the message. */
  sendTimed(
    transport: Transport,
    slot: number,
    sequence: number,
    connection: number,
    intendedNs: number,
    sentNs: number,
    phase: Phase,
  ): boolean {
    const length = this.#writer.write(this.#scratch, 0, sequence, connection, "");
    writeSendTime(this.#scratch, 0, intendedNs, sentNs, phase);
    this.#isWritten = false;
    this.lastBytes = length;
    const passed = transport.send(slot, this.#scratch, 0, length);
    if (!passed) this.#leaveScratch();
    return passed;
  }

  /** The message that `send` sends for these, for echo checks; valid until the next call. */
  request(sequence: number, connection: number, source: string): Buffer {
    return this.#constant ?? this.#written(sequence, connection, source);
  }

  /** Whether no two messages of a connection in a row are the same. */
  get isDistinct(): boolean {
    if (this.#constant !== null) return false;
    const first = Buffer.from(this.#written(0, 0, ""));
    return !first.equals(this.#written(1, 0, ""));
  }

  /** Length in bytes of the message that `send` sends for these. */
  requestBytes(sequence: number, connection: number, source: string): number {
    if (this.fixedBytes !== null) return this.fixedBytes;
    return (
      this.#writer.bytesOf?.(connection, sequence) ??
      this.request(sequence, connection, source).length
    );
  }

  #written(sequence: number, connection: number, source: string): Buffer {
    const length = this.#write(sequence, connection, source);
    // A view costs more than the message.
    return length === this.#scratch.length ? this.#scratch : this.#scratch.subarray(0, length);
  }

  /** Writes a message into the scratch array. @returns its length, bytes */
  #write(sequence: number, connection: number, source: string): number {
    const writer = this.#writer;
    if (this.#isWritten && writer.rewrite !== null) {
      return writer.rewrite(this.#scratch, 0, sequence, connection, source);
    }
    this.#isWritten = true;
    return writer.write(this.#scratch, 0, sequence, connection, source);
  }

  /** The scratch array is the transport's. */
  #leaveScratch(): void {
    this.#scratch = Buffer.alloc(this.#writer.maxBytes);
    this.#isWritten = false;
  }
}
