import { equalBytes } from "../../base/bytes.ts";
import type { ProtocolSession } from "../protocol.ts";

/** Around what is written: bytes that are not the writer's. */
const margin = 16;
const untouched = 0xa5;

/** Checks the requests that a session of 3 slots writes of some payloads. @returns what is wrong */
export function checkWriting(session: ProtocolSession, message: Uint8Array): readonly string[] {
  const { write, maxBytes } = session;
  if (write === undefined || maxBytes === undefined) return [];
  const problems = new Set<string>();
  const payloads = [message, new Uint8Array(0), new Uint8Array(1000).fill(0x78)];
  for (const slot of [0, 1, 2]) session.reset(slot, slot);
  for (const payload of payloads) {
    const most = maxBytes(payload.length);
    const written = (slot: number, sequence: number, at: number) => {
      const into = new Uint8Array(at + most + margin).fill(untouched);
      const room = into.subarray(0, at + most);
      const length = write(room, at, slot, sequence, payload, 0, payload.length);
      const isClean = into.every(
        (byte, index) => byte === untouched || (index >= at && index < at + most),
      );
      if (!isClean)
        problems.add(
          `write touches bytes outside of what it may write, before ${at} or behind maxBytes`,
        );
      return into.subarray(at, at + length);
    };
    for (const slot of [0, 2]) {
      for (const sequence of [0, 1, 9, 70_000]) {
        const first = written(slot, sequence, 0);
        const again = written(slot, sequence, margin);
        if (first.length === again.length && equalBytes(first, 0, again, 0, first.length)) continue;
        problems.add(
          `write gives other bytes for the same request, number ${sequence} of a connection, when it writes it again`,
        );
      }
    }
  }
  return [...problems];
}
