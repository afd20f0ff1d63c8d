/** So long replies are looked for, before the thread sleeps, ns. */
export const mostPollNs = 100e3;
/** A wait that brings more at a time is one of many under way: none of them gains by it. */
const fewReplies = 2;
/** Waits that polling shortens count up to `mostCredit`, others down; it needs `neededCredit`. */
const mostCredit = 8;
const neededCredit = 4;

/**
 * Whether to look for a reply before sleeping until it comes. A thread that sleeps is awake again 50 us and more
 * after its reply, on a virtual machine, and so late it is seen; and its next message waits for that.
 *
 * Worth it while few replies are awaited and come soon: one wait in vain costs `mostPollNs` of a CPU.
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
   * @param tookNs  until they came, the thread's own wake-up left out; or until it was given up
   * @param replies how many came at once; 0: none, until it was time for something else
   */
  ended(tookNs: number, replies: number): void {
    if (replies > fewReplies) this.#credit = 0;
    else if (tookNs > mostPollNs) this.#credit = Math.max(0, this.#credit - 1);
    else if (replies > 0) this.#credit = Math.min(mostCredit, this.#credit + 1);
  }
}
