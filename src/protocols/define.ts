/** What `import ... from "slash8/protocol"` gives: for protocols in modules, and for their tests. */

// What the protocols that ship are made with, so that one can be copied and changed.
export {
  copyBytes,
  equalBytes,
  readUint16,
  readUint32,
  writeLineEnd,
  writeMessage,
  writeUint16,
  writeUint32,
} from "../base/bytes.ts";
export { UserError } from "../base/errors.ts";
export {
  decimalDigits,
  maxDecimalBytes,
  writeBytes,
  writeDecimal,
} from "../base/numbers/digits.ts";
export { IdNumbers } from "../base/numbers/id-numbers.ts";
export { createRandom, mix } from "../base/random.ts";
export { ConnectionText } from "./connection-text.ts";
export type { MessageKind } from "./kit/conversation.ts";
export type { ProtocolReport, ProtocolTest, TestedMessage } from "./kit/test-protocol.ts";
export { testProtocol } from "./kit/test-protocol.ts";
export type {
  KeepAlive,
  Kind,
  Opening,
  OptionSpec,
  OptionSpecs,
  OptionValues,
  Protocol,
  ProtocolContext,
  ProtocolSession,
} from "./protocol.ts";
export { defineProtocol, incomplete, kind, malformed, opened, refused } from "./protocol.ts";
export { type LengthOf, SizedMessages } from "./sized-messages.ts";
