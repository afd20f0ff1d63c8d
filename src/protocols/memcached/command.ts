/** What a command stores, counts or asks for: it decides how it is written. */
export type Form = "key" | "store" | "extend" | "count" | "touch" | "alone" | "other";

/**
 * Commands, with their opcodes of the binary protocol.
 *
 * @see https://github.com/memcached/memcached/wiki/BinaryProtocolRevamped#command-opcodes
 */
const commands = [
  ["get", "key", 0x00],
  ["set", "store", 0x01],
  ["add", "store", 0x02],
  ["replace", "store", 0x03],
  ["delete", "key", 0x04],
  ["incr", "count", 0x05],
  ["decr", "count", 0x06],
  ["noop", "alone", 0x0a],
  ["version", "alone", 0x0b],
  ["append", "extend", 0x0e],
  ["prepend", "extend", 0x0f],
  ["touch", "touch", 0x1c],
] as const satisfies readonly (readonly [string, Form, number])[];

const known = commands.map(([name, form, opcode]) => ({ name: Buffer.from(name), form, opcode }));

/** Opcode of other commands: no server has such a one. */
export const unknownOpcode = 255;

export function opcodeNamed(name: (typeof commands)[number][0]): number {
  return commands.find(([one]) => one === name)?.[2] as number;
}

const space = 32;

/** The command of a message, "set KEY VALUE": which, and where its parts stand. The value has whatever is left. */
export class Command {
  form: Form = "other";
  opcode: number = unknownOpcode;
  nameEnd = 0;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;

  /** @cost no allocation */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.nameEnd = wordEnd(bytes, start, end);
    this.keyStart = Math.min(this.nameEnd + 1, end);
    this.keyEnd = wordEnd(bytes, this.keyStart, end);
    this.valueStart = Math.min(this.keyEnd + 1, end);
    this.form = "other";
    this.opcode = unknownOpcode;
    for (const { name, form, opcode } of known) {
      if (name.length !== this.nameEnd - start || !startsWith(bytes, start, name)) continue;
      this.form = form;
      this.opcode = opcode;
    }
  }
}

function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== space) at++;
  return at;
}

/** Whether the text stands at `bytes[start]`, where fewer bytes may be. */
export function startsWith(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
