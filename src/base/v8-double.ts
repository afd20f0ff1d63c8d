/**
 * Zero for times: V8 keeps -0 as a double, and so the sum of it and any number. What began with 0 is kept in integers
 * of 32 bits, and the first time that is none, 2.1 s in ns, undoes all optimised code that knows of it in the middle of
 * a run: as a field by a new shape of its object, as a product by an overflow.
 */
export const doubleZero = -0;
