/** How long to poll for replies before the thread sleeps, ns. */
export const mostPollNs = 100e3;
/** With more replies than this at once, many are in flight, and polling gains nothing. */
const fewReplies = 2;
/** Waits that polling shortens count up to `mostCredit`, others down; it needs `neededCredit`. */
const mostCredit = 8;
const neededCredit = 4;

/**
 * Decides whether to poll for a reply before sleeping. On a virtual machine a sleeping thread wakes up 50 us or
 * more after its reply, so it sees the reply that late, and its next message is delayed as well.
 *
 * Worth it while few replies are pending and arrive soon: one failed wait costs `mostPollNs` of a CPU.
 *
 * @see net.core.busy_poll in the kernel's sysctl/net.rst: the same for network devices, which loopback is not
 */
export class BusyPoll {
  #credit = neededCredit;

  get isWorthIt(): boolean {
    return this.#credit >= neededCredit;
  }

  /**
   * A wait for replies has ended.
   *
   * @param tookNs  until they arrived, without the thread's own wake-up; or until polling was given up
   * @param replies how many arrived at once; 0: none, until something else was due
   */
  ended(tookNs: number, replies: number): void {
    if (replies > fewReplies) this.#credit = 0;
    else if (tookNs > mostPollNs) this.#credit = Math.max(0, this.#credit - 1);
    else if (replies > 0) this.#credit = Math.min(mostCredit, this.#credit + 1);
  }
}
