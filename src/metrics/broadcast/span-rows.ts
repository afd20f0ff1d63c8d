/**
 * When a broadcast datagram was received first and last, and by how many receivers: a row of numbers, in
 * one Float64Array with others.
 *
 *     | column | content                                                   |
 *     | ------ | --------------------------------------------------------- |
 *     | 0      | sender, its number in the workload                        |
 *     | 1      | sequence of the datagram on the sender                    |
 *     | 2      | phase it was sent in                                      |
 *     | 3      | time it was sent, ns                                      |
 *     | 4      | time at which the first receiver had it, ns               |
 *     | 5      | time at which the last receiver had it, ns                |
 *     | 6      | receivers that had it                                     |
 *     | 7      | of those: whose thread had paused since it was sent       |
 *
 * Rows of one datagram merge in any order and grouping, so each process may report its part in any
 * number of rows.
 */
export const span = {
  sender: 0,
  sequence: 1,
  phase: 2,
  sentNs: 3,
  firstNs: 4,
  lastNs: 5,
  receivers: 6,
  disturbed: 7,
} as const;
export const spanColumns = 8;

/** Merges the row that starts at `from` into the row of the same datagram that starts at `at`. */
export function mergeSpan(into: Float64Array, at: number, rows: Float64Array, from: number): void {
  const first = rows[from + span.firstNs] as number;
  const last = rows[from + span.lastNs] as number;
  if (first < (into[at + span.firstNs] as number)) into[at + span.firstNs] = first;
  if (last > (into[at + span.lastNs] as number)) into[at + span.lastNs] = last;
  into[at + span.receivers] =
    (into[at + span.receivers] as number) + (rows[from + span.receivers] as number);
  into[at + span.disturbed] =
    (into[at + span.disturbed] as number) + (rows[from + span.disturbed] as number);
}
