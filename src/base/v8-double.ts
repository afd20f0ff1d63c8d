/**
 * Zero for times: V8 keeps -0 as a double, and so the sum of it and any number. A variable that starts with 0 is kept
 * as a 32-bit integer. The first time that does not fit, 2.1 s in ns, then deoptimises all code that depends on it in
 * the middle of a run: a field changes its object's shape, a product overflows.
 */
export const doubleZero = -0;
