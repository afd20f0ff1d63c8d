/** `expect:`: is this reply the right one? Pure, allocation-free for bytes, prefix, size and echo. */
export interface ReplyCheck {
  /** Whether `check` looks at the message that was sent (`echo`), so that the caller must keep it. */
  readonly needsRequest: boolean;
  /** @returns true when the reply, bytes `[start, end)`, is as expected of the request given */
  check(
    reply: Uint8Array,
    start: number,
    end: number,
    request: Uint8Array | null,
    requestLength: number,
  ): boolean;
}
