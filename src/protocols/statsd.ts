import { copyBytes } from "../base/bytes.ts";
import { defineProtocol, kind } from "./protocol.ts";

const lineFeed = 10;

/**
 * StatsD: metrics that nothing answers, for pattern stream. A datagram is one message; over TCP each ends in a line feed.
 *
 * @see https://github.com/statsd/statsd/blob/master/docs/metric_types.md
 */
export const statsd = defineProtocol({
  about: "StatsD metrics, one-way",
  over: ["udp", "tcp"],
  options: {},
  message: {
    about: 'A metric, "name:value|type"; several in a datagram are separated by "\\n".',
    default: "slash8.sent:1|c",
  },

  create({ isStream }) {
    return {
      readsMessages: false,
      unanswered: "",
      // Nothing is expected. What comes all the same is counted as ignored.
      scan: (_slot, _bytes, _start, end) => end,
      classify: () => kind.ignore,
      maxBytes: (payloadBytes) => payloadBytes + 1,
      write(into, at, _slot, _sequence, payload, start, end) {
        const to = copyBytes(payload, start, end, into, at);
        if (isStream) into[to] = lineFeed;
        return to - at + (isStream ? 1 : 0);
      },
      reset() {},
    };
  },
});
