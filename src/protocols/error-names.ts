/**
 * Names of a peer's errors, by slot: "WRONGTYPE" of Redis, "42P01" of PostgreSQL. A name that was met before is found
 * again without a text being made of it.
 *
 * @cost no allocation but for new names
 */
export class ErrorNames {
  readonly #prefix: string;
  readonly #known: Buffer[] = [];
  readonly #codes: string[] = [];
  readonly #latest: Uint8Array;

  /** @param prefix what codes begin with, as "REDIS" */
  constructor(prefix: string, slots: number) {
    this.#prefix = prefix;
    this.#latest = new Uint8Array(slots);
  }

  /** The slot's latest error has bytes `[start, end)` as its name; letters, digits, `_` and `-` of it count. */
  note(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const known = this.#known;
    let at = 0;
    while (at < known.length && !isEqual(known[at] as Buffer, bytes, start, end)) at++;
    this.#latest[slot] = at < known.length ? at : this.#add(bytes.subarray(start, end));
  }

  /** The same, with a name of the protocol's own. */
  noteText(slot: number, name: string): void {
    const bytes = Buffer.from(name, "latin1");
    this.note(slot, bytes, 0, bytes.length);
  }

  /** The code of the slot's latest error: "REDIS_WRONGTYPE". */
  of(slot: number): string {
    return this.#codes[this.#latest[slot] as number] ?? `${this.#prefix}_OTHER`;
  }

  /** A peer that makes up names has room for 200 of them: what comes after those is OTHER. */
  #add(bytes: Uint8Array): number {
    const index = this.#known.length;
    if (index === 200) return index;
    const name = Buffer.from(bytes);
    const text = name
      .toString("latin1", 0, 64)
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, "_");
    this.#known.push(name);
    this.#codes.push(`${this.#prefix}_${text.replace(/^_+|_+$/g, "") || "OTHER"}`);
    return index;
  }
}

function isEqual(name: Buffer, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
