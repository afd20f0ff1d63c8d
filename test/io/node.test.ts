import { createNodeIo } from "../../src/io/node/io.ts";
import { describeIo } from "./contract.ts";

describeIo("node", createNodeIo);
