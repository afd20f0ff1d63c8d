/**
 * Options of Node for a process that slash8 starts, instead of our own: not our --import, and two cannot have one
 * --inspect port.
 *
 * V8's own first limit of old objects shrinks with every scavenge, and what starting leaves behind is then collected
 * in the middle of a short run: 17 ms of standstill, and as much again for its helpers. Nothing is set aside for
 * these 32 MB.
 *
 * SLASH8_NODE_OPTIONS adds to them, what NODE_OPTIONS refuses included: docs/internals/debugging.md.
 */
export const nodeOptions = [
  "--initial-old-space-size=32",
  ...(process.env.SLASH8_NODE_OPTIONS ?? "").split(/\s+/).filter((option) => option !== ""),
];
