/**
 * What a slot's connection is about.
 *
 *     | state      | by                                 | next                         |
 *     | ---------- | ---------------------------------- | ---------------------------- |
 *     | free       | open()                             | connecting                   |
 *     | connecting | opened                             | open; with opening steps preparing |
 *     | connecting | closed or timed out                | waiting (reconnect), gone    |
 *     | preparing  | the last step                      | open                         |
 *     | preparing  | a step failed, closed or timed out | waiting (reconnect), gone    |
 *     | open       | close()                            | closing                      |
 *     | open       | closed by the target               | waiting (reconnect), gone    |
 *     | closing    | closed                             | free                         |
 *     | waiting    | reconnectDelay                     | connecting                   |
 *     | open       | reopen()                           | leaving                      |
 *     | leaving    | closed                             | connecting (TCP), rotating (UDP), waiting (later), free at the end |
 *     | rotating   | opened                             | open; with opening steps preparing |
 *     | rotating   | closed                             | waiting (reconnect), gone    |
 *
 * A flow that is rotating counts as open all the while, with its steps.
 */
export const state = {
  free: 0,
  connecting: 1,
  open: 2,
  closing: 3,
  waiting: 4,
  gone: 5,
  leaving: 6,
  rotating: 7,
  preparing: 8,
} as const;
