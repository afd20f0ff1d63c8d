import { createUringIo } from "../../src/io/uring/io.ts";
import { describeIo } from "./contract.ts";
import { describeErrors } from "./errors-contract.ts";
import { describeSharing } from "./sharing-contract.ts";

describeIo("io_uring", createUringIo);
describeSharing("io_uring", createUringIo);
describeErrors("io_uring", createUringIo);
