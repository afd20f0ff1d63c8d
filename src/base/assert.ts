/**
 * Stops the program on a broken precondition: a programming error, never an operating one.
 *
 * @throws Error with the message, when the condition is false
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
