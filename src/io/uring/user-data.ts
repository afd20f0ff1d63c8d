/**
 * What a completion is of: the lower byte of the upper word of its user data. The lower word is the
 * slot; what is above the byte is the operation's own.
 */
export const operation = {
  /** Cancellations and the like: only their failures come, and say nothing. */
  ignored: 0,
  /** The last entry of the chain that opens a socket: every attempt ends with one of these or the next. */
  open: 1,
  /** Earlier entries of that chain: complete only where they fail, and the chain with them. */
  openStep: 2,
  receive: 3,
  /** A send out of the ring's staging: completes only where it fails. Detail: its entry's number. */
  stagedSend: 4,
  /** A send that waits for room in the kernel. */
  pendingSend: 5,
  close: 6,
  /** Cancels `open`; its failure means that it came at the wrong moment. */
  cancelOpen: 7,
  /** Multishot accept; the slot is the listener's number. */
  accept: 8,
  /** Makes a direct descriptor an ordinary one for a moment. */
  install: 9,
  /** Our FIN, where the peer's direction goes on. */
  shutDown: 10,
  /** Takes errors out of a socket's queue until it is empty. */
  receiveError: 11,
} as const;

export const operationMask = 0xff;
export const detailShift = 8;

/** The user data of a request, as `asyncCancel` wants it. */
export function userData(slot: number, tag: number): number {
  return tag * 4294967296 + slot;
}
