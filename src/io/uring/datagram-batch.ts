import { copyBytes } from "./copy-bytes.ts";
import { controlHeaderBytes, errno, msghdr, opcode, socket, sqeFlag } from "./kernel/abi.ts";
import { findControl, lengthOptionBytes } from "./kernel/control.ts";
import { high, low } from "./kernel/memory.ts";
import { messageCopy, messageWords, writeMessage } from "./kernel/message.ts";
import type { KnownPeer } from "./peers.ts";
import { copyOf } from "./pending-sends.ts";
import type { Ring } from "./ring.ts";
import type { Slots } from "./slots.ts";

/** Longest datagram over IPv4, without the headers. */
const mostDatagramBytes = 65_507;
/** Longer than any datagram of IPv4 or IPv6. */
const tooLongBytes = 65_536;

/** Most datagrams of one send: as many as a stream sends in a row, and half of the kernel's limit. @see udp(7), UDP_SEGMENT */
const mostSegments = 64;

const sendMessage = opcode.sendmsg | ((sqeFlag.fixedFile | sqeFlag.skipSuccess) << 8);

/** Words of an entry. */
const nameWord = 2;
const addressWord = 4;
const lengthWord = 6;
const nameBytesWord = 11;

/**
 * Before every staged datagram: room for the peer's address, and for a msghdr with its vector and
 * options, where it is one of several (a segmentation batch) or leaves from a given address.
 */
const messageAt = 32;
const optionsAt = messageAt + messageWords * 4;

/**
 * Sends a transport's datagrams: consecutive ones of one length on one slot, to one peer, in one system call. The
 * kernel splits such a segmentation batch (UDP_SEGMENT), and each arrives separately.
 *
 * What the kernel does not accept becomes pending, datagram by datagram. So does a batch that the path cannot
 * split, and no more batches are made from then on.
 */
export class DatagramBatch {
  readonly #slots: Slots;
  /** What is staged before a datagram. */
  readonly #headerBytes: number;
  #slot = -1;
  #peer: KnownPeer | null = null;
  #segments = 0;
  #segmentBytes = 0;
  #end = 0;
  #entry = 0;
  /** Where the batch's msghdr is staged, in words. */
  #message = 0;
  #submission = -1;
  #canCut = true;
  /** Batches that failed and are sent again datagram by datagram, without reporting the error; by slot. */
  readonly #retried = new Map<number, number>();

  /** @param controlBytes room for the options of a datagram, those of a batch included */
  constructor(slots: Slots, controlBytes: number) {
    this.#slots = slots;
    this.#headerBytes = optionsAt + controlBytes;
  }

  /**
   * Sends a datagram; see `Transport.send`.
   *
   * @param peer null: the one that the socket is connected to
   */
  send(
    slot: number,
    peer: KnownPeer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const slots = this.#slots;
    if (slots.isBlocked(slot)) {
      this.#sendLater(slot, peer, bytes, start, end);
      return false;
    }
    const ring = slots.ringOf(slot);
    // Too long a message fails in the kernel, whose error is reported: not all of it needs to be copied.
    const length = Math.min(end - start, tooLongBytes);
    if (this.#join(ring, slot, peer, bytes, start, length)) return true;
    ring.reserve(1);
    const at = ring.stage(this.#headerBytes + length);
    const payload = at + this.#headerBytes;
    copyBytes(bytes, start, start + length, ring.staging, payload);
    const entry = slots.queueStaged(ring, slot, payload, length, 0);
    if (peer !== null) {
      ring.staging.words.set(peer.words, at >> 2);
      const name = ring.staging.address + at;
      ring.amend(entry, nameWord, low(name));
      ring.amend(entry, nameWord + 1, high(name));
      ring.amend(entry, nameBytesWord, peer.bytes);
    }
    this.#slot = slot;
    this.#peer = peer;
    this.#segments = 1;
    this.#segmentBytes = length;
    this.#end = payload + length;
    this.#entry = entry;
    this.#message = (at + messageAt) >> 2;
    this.#submission = ring.submissions;
    if (peer !== null && peer.control !== null) this.#writeMessage(ring, peer, payload, length, 0);
    return true;
  }

  /**
   * Queues what is worth another attempt as pending sends: no datagram is sent in part.
   *
   * @param entry      one that failed, whose bytes are still staged
   * @param retriesAll whether none of its datagrams has failed with its own error
   */
  keepUnsent(ring: Ring, slot: number, entry: number, result: number, retriesAll: boolean): void {
    const isBatch = isMessage(ring, entry) && segmentOf(ring, messageOf(ring, entry)) > 0;
    if (retriesAll) {
      this.#keepEach(ring, slot, entry, 0);
    } else if (isBatch && cannotCut(result)) {
      this.#canCut = false;
      this.#retried.set(slot, (this.#retried.get(slot) ?? 0) + 1);
      this.#keepEach(ring, slot, entry, 0);
    } else if (isBatch) {
      // An error that was already pending on the socket costs one datagram, as it does without batches.
      this.#keepEach(ring, slot, entry, 1);
    }
  }

  /** Whether a failed send is a batch that is sent again datagram by datagram, which is not reported. */
  isRetried(slot: number, result: number): boolean {
    const retried = cannotCut(result) ? (this.#retried.get(slot) ?? 0) : 0;
    if (retried > 0) this.#retried.set(slot, retried - 1);
    return retried > 0;
  }

  /** The slot is free: its failures have been reported. */
  forget(slot: number): void {
    this.#retried.delete(slot);
  }

  /** Adds a datagram to the batch before it. @returns false where it cannot be added */
  #join(
    ring: Ring,
    slot: number,
    peer: KnownPeer | null,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): boolean {
    const segments = this.#segments;
    if (
      slot !== this.#slot ||
      peer !== this.#peer ||
      ring.submissions !== this.#submission ||
      length !== this.#segmentBytes ||
      length === 0 ||
      segments >= mostSegments ||
      (segments + 1) * length > mostDatagramBytes ||
      !this.#canCut
    ) {
      return false;
    }
    if (!ring.extend(this.#end, length)) return false;
    if (segments === 1) this.#writeMessage(ring, peer, this.#end - length, length, length);
    copyBytes(bytes, start, start + length, ring.staging, this.#end);
    this.#end += length;
    this.#segments = segments + 1;
    ring.staging.words[this.#message + msghdr.words + 2] = (segments + 1) * length;
    return true;
  }

  /**
   * Turns the datagram staged last into a message with options: its peer's, and the length of the segments
   * that its payload is split into; 0: it is one datagram.
   */
  #writeMessage(
    ring: Ring,
    peer: KnownPeer | null,
    payload: number,
    length: number,
    segmentBytes: number,
  ): void {
    const { words, address } = ring.staging;
    const message = this.#message;
    const messageAddress = address + message * 4;
    const control = peer === null ? null : peer.control;
    let option = message + messageWords;
    if (control !== null) {
      words.set(control, option);
      option += control.length;
    }
    if (segmentBytes > 0) {
      words[option] = controlHeaderBytes + 2;
      words[option + 1] = 0;
      words[option + 2] = socket.levelUdp;
      words[option + 3] = socket.udpSegment;
      words[option + 4] = segmentBytes;
      words[option + 5] = 0;
      option += lengthOptionBytes >> 2;
    }
    writeMessage(
      words,
      message,
      messageAddress,
      messageAddress - messageAt,
      peer === null ? 0 : peer.bytes,
      messageAddress + messageWords * 4,
      (option - message - messageWords) * 4,
      address + payload,
      length,
    );
    const entry = this.#entry;
    ring.amend(entry, 0, sendMessage);
    ring.amend(entry, nameWord, 0);
    ring.amend(entry, nameWord + 1, 0);
    ring.amend(entry, addressWord, low(messageAddress));
    ring.amend(entry, addressWord + 1, high(messageAddress));
    ring.amend(entry, lengthWord, 1);
    ring.amend(entry, nameBytesWord, 0);
  }

  /** Sends an entry's datagrams again, from the one with this number on. */
  #keepEach(ring: Ring, slot: number, entry: number, first: number): void {
    const { bytes } = ring.staging;
    if (!isMessage(ring, entry)) {
      const at = offsetOf(ring, ring.wordOf(entry, addressWord));
      const length = ring.wordOf(entry, lengthWord);
      const nameBytes = ring.wordOf(entry, nameBytesWord) & 0xffff;
      const name = offsetOf(ring, ring.wordOf(entry, nameWord));
      const nameOf = bytes.subarray(name, name + nameBytes);
      if (first === 0) this.#copyLater(slot, nameOf, nothing, bytes, at, at + length);
      return;
    }
    const { words } = ring.staging;
    const message = messageOf(ring, entry);
    const name = offsetOf(ring, words[message + msghdr.name] as number);
    const nameBytes = words[message + msghdr.nameBytes] as number;
    const start = offsetOf(ring, words[message + msghdr.words] as number);
    const length = words[message + msghdr.words + 2] as number;
    const cut = segmentOf(ring, message);
    const options = (message + messageWords) * 4;
    const own =
      (words[message + msghdr.controlBytes] as number) - (cut > 0 ? lengthOptionBytes : 0);
    const segment = cut > 0 ? cut : length;
    const datagrams = length === 0 ? 1 : Math.ceil(length / segment);
    const nameOf = bytes.subarray(name, name + nameBytes);
    const optionsOf = bytes.subarray(options, options + own);
    for (let index = first; index < datagrams; index++) {
      const from = start + index * segment;
      const end = Math.min(from + segment, start + length);
      this.#copyLater(slot, nameOf, optionsOf, bytes, from, end);
    }
  }

  #sendLater(
    slot: number,
    peer: KnownPeer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const name = peer === null ? nothing : new Uint8Array(peer.words.buffer, 0, peer.bytes);
    const control = peer === null ? null : peer.control;
    const options =
      control === null
        ? nothing
        : new Uint8Array(control.buffer, control.byteOffset, control.byteLength);
    this.#copyLater(slot, name, options, bytes, start, end);
  }

  #copyLater(
    slot: number,
    name: Uint8Array,
    options: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (options.length > 0) {
      const message = messageCopy(name, options, bytes.subarray(start, end));
      this.#slots.sendLater(slot, message, 0, true);
      return;
    }
    const copy = copyOf(bytes, start, end, name.length);
    copy.set(name);
    this.#slots.sendLater(slot, copy, name.length);
  }
}

const nothing = new Uint8Array(0);

/** Whether the error means that the path does not split datagrams, or not into this length. */
function cannotCut(result: number): boolean {
  return result === -errno.invalid || result === -errno.ioError || result === -errno.messageSize;
}

function isMessage(ring: Ring, entry: number): boolean {
  return (ring.wordOf(entry, 0) & 0xff) === opcode.sendmsg;
}

/** The segment length of a staged message; 0 for a single datagram. */
function segmentOf(ring: Ring, message: number): number {
  const { words } = ring.staging;
  const bytes = words[message + msghdr.controlBytes] as number;
  const { levelUdp, udpSegment } = socket;
  const option = findControl(words, message + messageWords, bytes, levelUdp, udpSegment);
  return option < 0 ? 0 : (words[option] as number);
}

/** The word in the ring's staging at which an entry's msghdr starts. */
function messageOf(ring: Ring, entry: number): number {
  return offsetOf(ring, ring.wordOf(entry, addressWord)) >> 2;
}

/** Offset of an address in the ring's staging. @param lowWord lower word of the address */
function offsetOf(ring: Ring, lowWord: number): number {
  return (lowWord - low(ring.staging.address)) | 0;
}
