import { unknownOpcode } from "./command.ts";

/** How many of a connection's latest requests are kept: a power of two. */
const kept = 16;

/** Opcodes of the latest requests of each connection, by their number: what a reply has to fit. 80 bytes a connection. */
export class SentCommands {
  readonly #sequences: Uint32Array;
  readonly #opcodes: Uint8Array;

  constructor(slots: number) {
    this.#sequences = new Uint32Array(slots * kept);
    this.#opcodes = new Uint8Array(slots * kept).fill(unknownOpcode);
  }

  note(slot: number, sequence: number, opcode: number): void {
    const place = slot * kept + (sequence & (kept - 1));
    this.#sequences[place] = sequence;
    this.#opcodes[place] = opcode;
  }

  /** Opcode of a request; `unknownOpcode` where it is not kept any more, or has none. */
  opcodeOf(slot: number, sequence: number): number {
    const place = slot * kept + (sequence & (kept - 1));
    const isKept = this.#sequences[place] === sequence >>> 0;
    return isKept ? (this.#opcodes[place] as number) : unknownOpcode;
  }

  /** The connection is another one. */
  forget(slot: number): void {
    this.#opcodes.fill(unknownOpcode, slot * kept, (slot + 1) * kept);
  }
}
