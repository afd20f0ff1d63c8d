import { createNodeIo } from "../../src/io/node/io.ts";
import { describeIo } from "./contract.ts";
import { describeErrors } from "./errors-contract.ts";
import { describeSharing } from "./sharing-contract.ts";

describeIo("node", createNodeIo);
describeSharing("node", createNodeIo);
describeErrors("node", createNodeIo);
