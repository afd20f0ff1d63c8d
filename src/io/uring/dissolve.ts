import { opcode, sqeFlag } from "./abi.ts";
import { operation } from "./operation.ts";
import type { Ring } from "./ring.ts";
import { mostSockaddrBytes } from "./sockaddr.ts";

const connectNowhere = opcode.connect | ((sqeFlag.fixedFile | sqeFlag.skipSuccess) << 8);

/** A socket address without a family, as long as the kernel wants one to be. */
const nowhereBytes = 16;

/**
 * Queues a connect(2) to no address: TCP sends RST at once, whatever is buffered; UDP forgets its peer.
 * It completes only where it fails, which says nothing. @see connect(2), AF_UNSPEC
 */
export function queueDissolve(ring: Ring, file: number): void {
  ring.reserve(1);
  const at = ring.stage(mostSockaddrBytes);
  ring.staging.words[at >> 2] = 0;
  const nowhere = ring.staging.address + at;
  ring.entry(connectNowhere, file, nowhereBytes, nowhere, 0, 0, 0, operation.ignored, 0);
}
