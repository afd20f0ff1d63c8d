import type { Peer, TransportEvents } from "../../src/io/io.ts";

/** Transport events that write down what came, for tests of an Io. */
export class RecordingEvents implements TransportEvents {
  readonly log: string[] = [];
  readonly bytes = new Map<number, Buffer[]>();
  readonly peers: Peer[] = [];
  openedCount = 0;
  closedCount = 0;
  drainedCount = 0;
  receivedBytes = 0;

  opened(slot: number): void {
    this.openedCount++;
    this.log.push(`opened ${slot}`);
  }
  accepted(slot: number, listener: number, peer: Peer): void {
    this.peers.push({ address: peer.address, port: peer.port });
    this.log.push(`accepted ${slot} by ${listener}`);
  }
  received(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const list = this.bytes.get(slot) ?? [];
    list.push(Buffer.from(bytes.subarray(start, end)));
    this.bytes.set(slot, list);
    this.receivedBytes += end - start;
  }
  receivedFrom(slot: number, bytes: Uint8Array, start: number, end: number, peer: Peer): void {
    this.peers.push({ address: peer.address, port: peer.port });
    this.received(slot, bytes, start, end);
    this.log.push(`receivedFrom ${peer.address}`);
  }
  drained(): void {
    this.drainedCount++;
  }
  ended(slot: number): void {
    this.log.push(`ended ${slot}`);
  }
  errored(slot: number, code: string): void {
    this.log.push(`errored ${slot} ${code}`);
  }
  closed(slot: number, code: string | null): void {
    this.closedCount++;
    this.log.push(`closed ${slot} ${code}`);
  }

  text(slot: number): string {
    return Buffer.concat(this.bytes.get(slot) ?? []).toString();
  }
}
