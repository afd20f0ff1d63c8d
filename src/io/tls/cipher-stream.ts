import { Duplex } from "node:stream";

/** The encrypted side of one connection, as the stream that node:tls works on. */
export class CipherStream extends Duplex {
  readonly #sendBelow: (bytes: Uint8Array) => boolean;
  readonly #closeBelow: () => void;
  /** Continues what waits for the slot to accept more. */
  #written: (() => void) | null = null;
  #isFinished = false;
  #isCut = false;

  /**
   * @param send  as `Transport.send`, of whole arrays
   * @param close nothing will be sent any more
   */
  constructor(send: (bytes: Uint8Array) => boolean, close: () => void) {
    super();
    this.#sendBelow = send;
    this.#closeBelow = close;
  }

  /** Bytes were received; they are copied, as they may have to wait until they are decrypted. */
  deliver(bytes: Uint8Array, start: number, end: number): void {
    if (!this.destroyed) this.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** The slot accepts more. */
  drained(): void {
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  /** The peer sends nothing more. */
  finishReading(): void {
    if (!this.destroyed && !this.#isFinished) this.push(null);
    this.#isFinished = true;
  }

  /** The slot is closed: nothing more comes, and what is still written is dropped. */
  cut(): void {
    this.#isCut = true;
    this.finishReading();
    this.drained();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, written: () => void): void {
    if (this.#isCut || this.#sendBelow(chunk)) written();
    else this.#written = written;
  }

  override _writev(chunks: { chunk: Buffer }[], written: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "buffer", written);
  }

  override _final(ended: () => void): void {
    if (!this.#isCut) this.#closeBelow();
    ended();
  }

  override _destroy(_error: Error | null, destroyed: () => void): void {
    if (!this.#isCut) this.#closeBelow();
    this.drained();
    destroyed();
  }
}
