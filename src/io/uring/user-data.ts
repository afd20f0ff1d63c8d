/**
 * A completion's operation: the lower byte of the upper word of its user data. The lower word is the
 * slot; the bits above the byte depend on the operation.
 */
export const operation = {
  /** Cancellations and the like: only their failures complete, and are ignored. */
  ignored: 0,
  /** The last entry of the chain that opens a socket: every attempt ends with one of these or the next. */
  open: 1,
  /** Earlier entries of that chain: they only complete where they fail, and the chain fails with them. */
  openStep: 2,
  receive: 3,
  /** A send out of the ring's staging: completes only where it fails. Detail: its entry's number. */
  stagedSend: 4,
  /** A send that waits for room in the kernel. */
  pendingSend: 5,
  close: 6,
  /** Cancels `open`; it fails when it comes at the wrong moment. */
  cancelOpen: 7,
  /** Multishot accept; the slot is the listener's number. */
  accept: 8,
  /** Temporarily makes a direct descriptor an ordinary one. */
  install: 9,
  /** A local FIN, while the peer's direction stays open. */
  shutDown: 10,
  /** Reads errors from a socket's queue until it is empty. */
  receiveError: 11,
} as const;

export const operationMask = 0xff;
export const detailShift = 8;

/** The user data of a request, as `asyncCancel` needs it. */
export function userData(slot: number, tag: number): number {
  return tag * 4294967296 + slot;
}
