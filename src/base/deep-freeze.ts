/**
 * Freezes plain data recursively, so that no later stage can change what was parsed or planned.
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
