import type { Transport } from "../io/io.ts";
import type { Staging } from "../servers/replies/staging.ts";

/** Pending bytes. */
interface Held {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * One of a link's two TCP connections: the bytes written to it, in order, and its end.
 *
 *     | state      | event or call       | next    |
 *     | ---------- | ------------------- | ------- |
 *     | connecting | opened              | open    |
 *     | connecting | closed, reset()     | closing |
 *     | open       | closed, reset()     | closing |
 *     | closing    | closed              | closed  |
 */
export class LinkEnd {
  readonly slot: number;
  readonly #transport: Transport;
  readonly #staging: Staging;
  #state: "connecting" | "open" | "closing" | "closed";
  #held: Held[] = [];
  /** The bytes of the last send must not change yet; nothing more may be sent. */
  #blocked = false;
  #finishing = false;
  #paused = false;

  constructor(transport: Transport, slot: number, staging: Staging, state: "connecting" | "open") {
    this.#transport = transport;
    this.slot = slot;
    this.#staging = staging;
    this.#state = state;
  }

  get isConnecting(): boolean {
    return this.#state === "connecting";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Sends the bytes, or copies those that must wait. @returns whether more can be sent at once */
  write(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#state === "closing" || this.#state === "closed") return true;
    if (this.#state === "open" && !this.#blocked) {
      if (end - start <= this.#transport.copiesUpTo) {
        this.#blocked = !this.#transport.send(this.slot, bytes, start, end);
        return !this.#blocked;
      }
      const at = this.#staging.copy(bytes, start, end);
      const sent = this.#transport.send(this.slot, this.#staging.bytes, at, at + end - start);
      if (!sent) this.#staging.keep(end - start);
      this.#blocked = !sent;
      return sent;
    }
    const at = this.#staging.copy(bytes, start, end);
    this.#staging.keep(end - start);
    this.#held.push({ bytes: this.#staging.bytes, start: at, end: at + end - start });
    return false;
  }

  /** Sends FIN after the pending bytes. */
  finish(): void {
    this.#finishing = true;
    this.#flush();
  }

  /** @returns whether more can be sent at once */
  opened(): boolean {
    if (this.#state === "connecting") this.#state = "open";
    return this.#flush();
  }

  /** @returns whether more can be sent at once */
  drained(): boolean {
    this.#blocked = false;
    return this.#flush();
  }

  closed(): void {
    this.#state = "closed";
    this.#held = [];
  }

  reset(): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    this.#state = "closing";
    this.#held = [];
    this.#transport.close(this.slot, "reset");
  }

  /** Stops or resumes reading. */
  pause(paused: boolean): void {
    if (this.#paused === paused || this.isClosed) return;
    this.#paused = paused;
    if (paused) this.#transport.pause(this.slot);
    else this.#transport.resume(this.slot);
  }

  #flush(): boolean {
    if (this.#state !== "open" || this.#blocked) return false;
    let count = 0;
    while (count < this.#held.length && !this.#blocked) {
      const { bytes, start, end } = this.#held[count++] as Held;
      this.#blocked = !this.#transport.send(this.slot, bytes, start, end);
    }
    this.#held.splice(0, count);
    if (this.#blocked) return false;
    if (this.#finishing) this.#transport.finish(this.slot);
    return true;
  }
}
