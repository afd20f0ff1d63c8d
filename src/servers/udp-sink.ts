import type { Handler, HandlerContext } from "./handler.ts";

/** Counts datagrams (RFC 863), stamped ones by workload; what it is told to lose it does not count. */
export function createUdpSink({ loss, tally, workloads }: HandlerContext): Handler {
  return {
    received(_slot, bytes, start, end) {
      if (loss.next()) return;
      tally.received++;
      tally.bytesReceived += end - start;
      workloads.track(bytes, start, end);
    },
    reset() {},
  };
}
