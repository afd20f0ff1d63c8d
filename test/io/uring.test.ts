import { createUringIo } from "../../src/io/uring/io.ts";
import { describeIo } from "./contract.ts";

describeIo("io_uring", createUringIo);
