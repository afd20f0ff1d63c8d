const phrases: Readonly<Record<number, string>> = {
  400: "Bad Request",
  411: "Length Required",
  431: "Request Header Fields Too Large",
  505: "HTTP Version Not Supported",
};

/** Every reply of the server, built once. */
export interface HttpReplies {
  /** @returns the bytes for a request that is answered with 200 */
  ok(headOnly: boolean, http10: boolean, keepAlive: boolean): Uint8Array;
  /** @param status 400, 411, 431 or 505 */
  refusal(status: number): Uint8Array;
}

/** @param bodyBytes length of the 200's body, integer >= 0 */
export function createHttpReplies(bodyBytes: number): HttpReplies {
  const body = Buffer.alloc(bodyBytes, "x");
  /** [headOnly][none, "keep-alive", "close"] */
  const oks = [body, Buffer.alloc(0)].map((sent) =>
    ["", "Connection: keep-alive\r\n", "Connection: close\r\n"].map((connection) =>
      Buffer.concat([
        Buffer.from(
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" +
            `Content-Length: ${bodyBytes}\r\n${connection}\r\n`,
        ),
        sent,
      ]),
    ),
  );
  const refusals = new Map(
    Object.entries(phrases).map(([status, phrase]) => [
      Number(status),
      Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`),
    ]),
  );
  return {
    ok(headOnly, http10, keepAlive) {
      return oks[headOnly ? 1 : 0]?.[keepAlive ? (http10 ? 1 : 0) : 2] as Uint8Array;
    },
    refusal(status) {
      return refusals.get(status) as Uint8Array;
    },
  };
}
