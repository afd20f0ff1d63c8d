/** What `import ... from "slash8/protocol"` gives: for protocols in modules, and for their tests. */
export type { MessageKind } from "./kit/conversation.ts";
export type { ProtocolReport, ProtocolTest, TestedMessage } from "./kit/test-protocol.ts";
export { testProtocol } from "./kit/test-protocol.ts";
export type {
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
