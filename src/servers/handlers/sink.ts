import type { Handler, HandlerContext } from "./handler.ts";

/**
 * Reads and counts (RFC 863). A connection whose first bytes are a stamp counts for the stamp's
 * workload, with all its bytes: only the sender knows where its messages end.
 */
export function createTcpSink({
  closePolicy,
  replyWriter,
  tally,
  workloads,
  slots,
}: HandlerContext): Handler {
  /** By slot: workload index + 1; 0 for none, 65535 before the first bytes. */
  const workloadOf = new Uint16Array(slots).fill(unknown);
  return {
    received(slot, bytes, start, end, _peer, nowNs) {
      tally.received++;
      tally.bytesReceived += end - start;
      let workload = workloadOf[slot] as number;
      if (workload === unknown) {
        workload = workloads.workloadOf(bytes, start, end) + 1;
        workloadOf[slot] = workload;
      }
      if (workload > 0) workloads.addBytes(workload - 1, end - start, nowNs);
      if (closePolicy.count(slot)) {
        closePolicy.end(slot);
        replyWriter.end(slot);
      }
    },
    reset(slot) {
      workloadOf[slot] = unknown;
    },
  };
}

const unknown = 0xffff;

/** Counts datagrams (RFC 863), stamped ones by workload; datagrams that it is configured to lose are not counted. */
export function createUdpSink({ loss, tally, workloads }: HandlerContext): Handler {
  return {
    received(_slot, bytes, start, end, _peer, nowNs) {
      if (loss.next()) return;
      tally.received++;
      tally.bytesReceived += end - start;
      workloads.track(bytes, start, end, nowNs);
    },
    reset() {},
  };
}
