import type { Transport } from "../io/io.ts";
import {
  emptyKey,
  type KeyUses,
  type MessageKey,
  type MessageWriter,
} from "../messages/message.ts";

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
  /** Length of every message, bytes; null: they differ. */
  readonly fixedBytes: number | null;
  /** What of a message's key has to be filled in, besides slot, connection and sequence. */
  readonly uses: KeyUses;
  /** Length of the message sent last, bytes. */
  lastBytes = 0;

  /**
   * @param stamps false to send the first message every time, stamp included, where it is not looked at
   */
  constructor(writer: MessageWriter, stamps: boolean) {
    this.#writer = writer;
    this.fixedBytes = writer.fixedBytes;
    this.uses = writer.uses;
    this.#scratch = Buffer.alloc(writer.maxBytes);
    if (writer.constant !== null) this.#constant = Buffer.from(writer.constant);
    else if (writer.fixedBytes !== null && writer.stamped && !stamps)
      this.#constant = Buffer.from(this.#written(emptyKey()));
    else this.#constant = null;
  }

  /** Whether every message is the same: `sendConstant` sends it. */
  get isConstant(): boolean {
    return this.#constant !== null;
  }

  /** As `Transport.send`, of the message that is always the same: no key has to be filled in. */
  sendConstant(transport: Transport, slot: number): boolean {
    const constant = this.#constant as Buffer;
    this.lastBytes = constant.length;
    return transport.send(slot, constant, 0, constant.length);
  }

  /** As `Transport.send` on the key's slot: false when the slot takes no more until `drained`. */
  send(transport: Transport, key: MessageKey): boolean {
    if (this.#constant !== null) return this.sendConstant(transport, key.slot);
    const length = this.#write(key);
    this.lastBytes = length;
    const passed = transport.send(key.slot, this.#scratch, 0, length);
    if (!passed) this.#leaveScratch();
    return passed;
  }

  /** The message that `send` sends for the same key, for echo checks; valid until the next call. */
  request(key: MessageKey): Buffer {
    return this.#constant ?? this.#written(key);
  }

  /** Whether no two messages of a connection are the same. */
  get isDistinct(): boolean {
    return this.#constant === null && this.#writer.isDistinct;
  }

  /** Length in bytes of the message that `send` sends for the same key. */
  requestBytes(key: MessageKey): number {
    if (this.fixedBytes !== null) return this.fixedBytes;
    return this.#writer.bytesOf?.(key.connection, key.sequence) ?? this.request(key).length;
  }

  #written(key: MessageKey): Buffer {
    const length = this.#write(key);
    // A view costs more than the message.
    return length === this.#scratch.length ? this.#scratch : this.#scratch.subarray(0, length);
  }

  /** Writes a message into the scratch array. @returns its length, bytes */
  #write(key: MessageKey): number {
    const writer = this.#writer;
    if (this.#isWritten && writer.rewrite !== null) {
      return writer.rewrite(this.#scratch, 0, key);
    }
    this.#isWritten = true;
    return writer.write(this.#scratch, 0, key);
  }

  /** The scratch array is the transport's. */
  #leaveScratch(): void {
    this.#scratch = Buffer.alloc(this.#writer.maxBytes);
    this.#isWritten = false;
  }
}
