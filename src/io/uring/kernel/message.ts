import { msghdr } from "./abi.ts";
import { high, low } from "./memory.ts";
import { addressOf } from "./syscalls.ts";

/** A msghdr and its one vector (struct iovec: address, length; 8 bytes each), in words. */
export const messageWords = msghdr.words + 4;

/**
 * Writes a msghdr that is followed by its vector.
 *
 * @param at      word at which it starts; `messageWords` are written
 * @param name    address of the peer's sockaddr, `nameBytes` long; 0 bytes: none
 * @param control address of its options, `controlBytes` long; 0 bytes: none
 * @param payload address of the bytes to send
 * @param message its own address
 */
export function writeMessage(
  words: Int32Array,
  at: number,
  message: number,
  name: number,
  nameBytes: number,
  control: number,
  controlBytes: number,
  payload: number,
  length: number,
): void {
  words.fill(0, at, at + messageWords);
  if (nameBytes > 0) setAddress(words, at + msghdr.name, name);
  words[at + msghdr.nameBytes] = nameBytes;
  setAddress(words, at + msghdr.vectors, message + msghdr.words * 4);
  words[at + msghdr.vectorCount] = 1;
  if (controlBytes > 0) setAddress(words, at + msghdr.control, control);
  words[at + msghdr.controlBytes] = controlBytes;
  setAddress(words, at + msghdr.words, payload);
  words[at + msghdr.words + 2] = length;
}

/**
 * A message with everything it refers to in one array, for a pending send.
 *
 * @param name    the peer's sockaddr
 * @param control its options, a multiple of 8 bytes
 * @returns       bytes outside V8's own heap that start with a msghdr
 */
export function messageCopy(name: Uint8Array, control: Uint8Array, payload: Uint8Array): Buffer {
  const nameAt = messageWords * 4;
  const controlAt = nameAt + ((name.length + 7) & ~7);
  const payloadAt = controlAt + control.length;
  const bytes = Buffer.allocUnsafeSlow(payloadAt + payload.length);
  bytes.set(name, nameAt);
  bytes.set(control, controlAt);
  bytes.set(payload, payloadAt);
  const address = addressOf(bytes);
  writeMessage(
    new Int32Array(bytes.buffer, bytes.byteOffset, messageWords),
    0,
    address,
    address + nameAt,
    name.length,
    address + controlAt,
    control.length,
    address + payloadAt,
    payload.length,
  );
  return bytes;
}

function setAddress(words: Int32Array, at: number, address: number): void {
  words[at] = low(address);
  words[at + 1] = high(address);
}
