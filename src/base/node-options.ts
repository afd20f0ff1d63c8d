/**
 * Node options for a process that slash8 starts. They replace our own: the child must not inherit our --import, and
 * two processes cannot share one --inspect port.
 *
 * V8's default initial limit for the old generation shrinks with every scavenge, so the garbage left by start-up is
 * collected in the middle of a short run: a pause of 17 ms, and as much again on its helper threads. The 32 MB are a
 * limit; no memory is reserved for them.
 *
 * SLASH8_NODE_OPTIONS adds to them, including what NODE_OPTIONS refuses: docs/internals/debugging.md.
 */
export const nodeOptions = [
  "--initial-old-space-size=32",
  ...(process.env.SLASH8_NODE_OPTIONS ?? "").split(/\s+/).filter((option) => option !== ""),
];
