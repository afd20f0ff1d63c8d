import { type Framer, incomplete } from "./framers/framer.ts";

/**
 * Finds where replies end that are framed in several ways: each by that of the request that it answers, which is known as
 * replies come in the order of the requests.
 *
 * @param framers   by the message of a mix; each owned by this one from now on
 * @param awaitedOf the message of the request that the slot's next reply answers; called as the reply begins
 */
export function createMixedFramer(
  framers: readonly Framer[],
  slots: number,
  awaitedOf: (slot: number) => number,
): Framer {
  /** By slot: 1 + the message whose reply is coming in; 0: between two replies. */
  const begun = new Uint16Array(slots);
  /** By slot: the message whose reply was completed last. */
  const latest = new Uint16Array(slots);
  const framerOf = (message: number) => framers[message] as Framer;
  const mixed: Framer = {
    scan(slot, bytes, start, end) {
      const message = begun[slot] === 0 ? awaitedOf(slot) : (begun[slot] as number) - 1;
      const next = framerOf(message).scan(slot, bytes, start, end);
      begun[slot] = next === incomplete ? message + 1 : 0;
      latest[slot] = message;
      return next;
    },
    reset(slot) {
      for (const framer of framers) framer.reset(slot);
      begun[slot] = 0;
    },
    end(slot) {
      const message = (begun[slot] as number) - 1;
      if (message < 0 || framerOf(message).end?.(slot) !== true) return false;
      begun[slot] = 0;
      return true;
    },
  };
  const hasStatus = framers.some(({ status }) => status !== undefined);
  const hasCloses = framers.some(({ closes }) => closes !== undefined);
  return {
    ...mixed,
    ...(hasStatus && {
      status: (slot: number) => framerOf(latest[slot] as number).status?.(slot) ?? 0,
    }),
    ...(hasCloses && {
      closes: (slot: number) => framerOf(latest[slot] as number).closes?.(slot) ?? false,
    }),
  };
}
