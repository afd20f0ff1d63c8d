/**
 * Where this thread runs code of a user's: a protocol's module that does not return stops its worker, and only
 * somebody outside of the thread can then say what stopped it.
 */

/** Int32, 1 element: the workload whose code runs, counted from 1; 0: none of a user's. */
let place: Int32Array = new Int32Array(1);
let creating = 0;

/** Has the place written into shared memory. @param memory 1 element */
export function shareUserCodePlace(memory: Int32Array): void {
  place = memory;
}

/** The traffic that is created from here on belongs to that workload. */
export function createsFor(workload: number): void {
  creating = workload + 1;
}

/** Returns the place of the workload whose traffic is being created, for `enterUserCode`. */
export function userCodePlace(): number {
  return creating;
}

/** @cost one store: called for every chunk of bytes */
export function enterUserCode(where: number): void {
  place[0] = where;
}

export function leaveUserCode(): void {
  place[0] = 0;
}
