import { UserError } from "../../base/errors.ts";
import type { MessageWriter } from "../../messages/message.ts";
import type { ProtocolSession } from "../../protocols/protocol.ts";

/** More would not be a message: what `maxBytes` says may be nonsense. */
const mostBytes = 1024 * 1024 * 1024;

/**
 * A writer of a protocol's requests. Where its sessions write none, these are the payloads.
 *
 * @param payload    what the requests carry
 * @param datagrams  the longest that the transport takes, bytes; null: a stream takes any
 * @throws           UserError where requests may be longer than that
 */
export function withProtocol(
  payload: MessageWriter,
  session: ProtocolSession,
  datagrams: number | null,
): MessageWriter {
  const maxBytes = session.maxBytes?.(payload.maxBytes) ?? payload.maxBytes;
  if (maxBytes > (datagrams ?? mostBytes)) {
    const what = datagrams === null ? "a message" : "a UDP datagram";
    throw new UserError(
      `the protocol makes up to ${maxBytes} bytes of a payload of ${payload.maxBytes}; ${what} holds at most ${datagrams ?? mostBytes}`,
    );
  }
  if (session.write === undefined) return payload;
  const { constant } = payload;
  const scratch = constant ?? new Uint8Array(payload.maxBytes);
  return {
    constant: null,
    maxBytes,
    fixedBytes: null,
    stamped: false,
    partlyStamped: false,
    isDistinct: false,
    uses: payload.uses,
    bytesOf: null,
    write(into, at, key) {
      const length = constant === null ? payload.write(scratch, 0, key) : scratch.length;
      // Its presence was looked at above.
      return (session as Required<ProtocolSession>).write(
        into,
        at,
        key.slot,
        key.sequence,
        scratch,
        0,
        length,
      );
    },
    rewrite: null,
  };
}
