/** Each io, one after the other: they open the same 4-tuples. */
import { createNodeIo } from "../../src/io/node/io.ts";
import { uringObstacle } from "../../src/io/uring/availability.ts";
import { createUringIo } from "../../src/io/uring/io.ts";
import { describeIo } from "./contract.ts";
import { encryptedIo } from "./encrypted-io.ts";
import { describeErrors } from "./errors-contract.ts";
import { describeKernelTimes, timedIo } from "./kernel-times-contract.ts";
import { describeSharing } from "./sharing-contract.ts";
import { slowIo } from "./slow-io.ts";

const ios = [
  ["node", createNodeIo],
  ...(uringObstacle() === null ? [["io_uring", createUringIo] as const] : []),
] as const;

for (const [name, create] of ios) {
  describeIo(name, create);
  describeSharing(name, create);
  describeErrors(name, create);
  describeKernelTimes(name, create);
  describeIo(`TLS over ${name}`, () => encryptedIo(create()), "tls");
  describeIo(`slow connections over ${name}`, () => slowIo(create()), "tcp");
}

if (uringObstacle() === null) {
  describeIo("io_uring with the kernel's times", () => timedIo(createUringIo()));
}
