/**
 * What a subscriber received on one of its connections: a row of numbers, in one Float64Array with others.
 *
 *     | column | content                                                                            |
 *     | ------ | ---------------------------------------------------------------------------------- |
 *     | 0      | subscriber, its number in the workload                                             |
 *     | 1      | when it had subscribed, ns of the monotonic clock                                  |
 *     | 2      | when its connection had ended, or its workload did, ns                             |
 *     | 3      | distinct messages that it received                                                 |
 *     | 4      | messages that lie between the first and the last that it received of each          |
 *     |        | publishing connection, both included                                               |
 *     | 5      | messages that it received again                                                    |
 *     | 6      | messages that it received after later ones                                         |
 */
export const membership = {
  subscriber: 0,
  joinedNs: 1,
  leftNs: 2,
  received: 3,
  between: 4,
  duplicated: 5,
  reordered: 6,
} as const;
export const membershipColumns = 7;

/** What the subscribers of a worker received, over the whole run. */
export interface SubscriptionReport {
  /** Rows as above. */
  readonly rows: Float64Array;
  /** Stamps of other runs, or of workloads that do not publish to these subscribers. */
  readonly foreign: number;
}
