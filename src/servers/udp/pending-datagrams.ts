const none: readonly Uint8Array[] = [];
/** Bytes that wait in all: a peer may send before it is known that nothing is queued before its datagrams. */
const mostBytes = 64 * 1024 * 1024;

/** Datagrams that wait until their flow's socket is its only one: for some milliseconds. */
export class PendingDatagrams {
  readonly #byFlow = new Map<number, Uint8Array[]>();
  #bytes = 0;

  /** Keeps a copy of `bytes[start, end)`. @returns false where too much waits already */
  add(flow: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#bytes + end - start > mostBytes) return false;
    const copy = new Uint8Array(end - start);
    copy.set(bytes.subarray(start, end));
    this.#bytes += copy.length;
    const list = this.#byFlow.get(flow);
    if (list === undefined) this.#byFlow.set(flow, [copy]);
    else list.push(copy);
    return true;
  }

  /** @returns the flow's datagrams in their order, removed from here */
  take(flow: number): readonly Uint8Array[] {
    const list = this.#byFlow.get(flow);
    if (list === undefined) return none;
    this.#byFlow.delete(flow);
    for (const { length } of list) this.#bytes -= length;
    return list;
  }
}
