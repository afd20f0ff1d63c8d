/**
 * Freezes plain data in depth, so that nobody downstream can change what was parsed or planned.
 *
 * @returns the same value
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
