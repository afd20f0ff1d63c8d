import type { Transport } from "../../../../src/io/io.ts";
import { RecordingEvents } from "../../../support/recording-events.ts";

/** Sends back what comes, at once and always: what is not taken is the transport's to hold. */
export class EchoServer extends RecordingEvents {
  transport: Transport | null = null;
  /** Slots of connections, the newest last. */
  readonly live: number[] = [];
  acceptedCount = 0;

  override accepted(slot: number, listener: number): void {
    if (this.live.includes(slot)) this.log.push(`accepted ${slot} twice`);
    this.live.push(slot);
    this.acceptedCount++;
    this.onAccepted(slot, listener);
  }

  onAccepted(_slot: number, _listener: number): void {}

  override received(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.receivedBytes += end - start;
    const copy = Buffer.from(bytes.subarray(start, end));
    this.transport?.send(slot, copy, 0, copy.length);
  }

  override closed(slot: number, code: string | null): void {
    super.closed(slot, code);
    const at = this.live.indexOf(slot);
    if (at < 0) this.log.push(`closed ${slot}, which was not there`);
    else this.live.splice(at, 1);
  }

  get problems(): string[] {
    return this.log.filter((line) => line.endsWith("twice") || line.endsWith("not there"));
  }
}
