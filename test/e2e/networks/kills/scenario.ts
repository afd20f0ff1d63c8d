/** A run over three hosts whose moments are each long enough to be hit. */
import { hub } from "../host-network.ts";

export const warmUpSeconds = 1;
export const steadySeconds = 3;

const tcpPerSecond = 300;
const udpPerSecond = 150;
export const ratePerSecond = tcpPerSecond + udpPerSecond;

/** Of the servers before each reply: so long does it take to drain. */
export const replyDelayMs = 500;

/** How long connections take to open. */
export const openingMs = 1_000;
const connections = 30;

export const scenario = `version: 1
name: kills
servers:
  echo: { builtin: tcp-echo, listen: "${hub}:7000", delay: ${replyDelayMs}ms }
  datagrams: { builtin: udp-echo, listen: "${hub}:7001", delay: ${replyDelayMs}ms }
workloads:
  chat:
    target: echo
    pattern: request
    connections: ${connections}
    connectRate: ${(connections * 1000) / openingMs}/s
    rate: ${tcpPerSecond}/s
    message: { size: 64 }
    framing: echo
    expect: echo
    timeout: 30s
    warmUp: ${warmUpSeconds}s
    duration: ${steadySeconds}s
  asks:
    target: datagrams
    pattern: request
    connections: 600
    rate: ${udpPerSecond}/s
    message: { size: 64 }
    expect: echo
    timeout: 30s
    warmUp: ${warmUpSeconds}s
    duration: ${steadySeconds}s
hosts: { a: {}, b: {}, c: {} }
gates: [total.errors == 0]
`;
