/**
 * What happened on this thread's sockets, and for how long nothing did while it busy-waited: the event
 * loop's own figures count such passes as work.
 */
export const activity = {
  /** Counts up with every event handed out. */
  events: 0,
  /** Busy-waited without any, ns. */
  spunNs: 0,
};
