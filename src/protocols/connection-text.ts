import { copyBytes } from "../base/bytes.ts";
import { UserError } from "../base/errors.ts";
import { decimalDigits, writeDecimal } from "../base/numbers/digits.ts";

const placeholder = "{{connection}}";

/**
 * An option's text, in which `{{connection}}` is the number of the connection: "users/{{connection}}".
 *
 * @example
 * const user = new ConnectionText("user", "user-{{connection}}");
 * user.of(12); // => "user-12"
 * user.bytes(12); // => 7
 */
export class ConnectionText {
  /** What stands between the numbers; UTF-8. */
  readonly #parts: readonly Buffer[];
  readonly #bytes: number;

  /**
   * @param option its name, for the message
   * @param text   with `{{connection}}` any number of times, or without
   * @throws UserError where the text has another placeholder
   */
  constructor(option: string, text: string) {
    const parts = text.split(placeholder);
    const other = /\{\{.*?\}\}/.exec(parts.join(" "));
    if (other !== null) {
      throw new UserError(`${option}: ${other[0]} is not known here; ${placeholder} is`);
    }
    this.#parts = parts.map((part) => Buffer.from(part));
    this.#bytes = this.#parts.reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * The text for a connection.
   *
   * @cost allocates: for what is sent once
   */
  of(connection: number): string {
    return this.#parts.join(String(connection));
  }

  /** Its length for a connection, bytes; connections are below 2^53. */
  bytes(connection: number): number {
    const numbers = this.#parts.length - 1;
    return numbers === 0 ? this.#bytes : this.#bytes + numbers * decimalDigits(connection);
  }

  /** Its length for the connection with the longest number, bytes. */
  get maxBytes(): number {
    return this.bytes(Number.MAX_SAFE_INTEGER);
  }

  /**
   * Writes it at `into[at]`, as UTF-8.
   *
   * @returns the index after it
   */
  write(into: Uint8Array, at: number, connection: number): number {
    const parts = this.#parts;
    let to = at;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as Buffer;
      if (i > 0) to += writeDecimal(into, to, connection);
      to = copyBytes(part, 0, part.length, into, to);
    }
    return to;
  }
}
