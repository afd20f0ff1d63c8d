import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { backends } from "../io/backends.ts";
import type { Io } from "../io/io.ts";
import type { Answer, Question } from "./answer.ts";
import { destinationsOf, sourceFor } from "./destinations.ts";
import { judge } from "./judge.ts";
import { closedPortOf, query } from "./query.ts";
import {
  type AnswerReport,
  answerReport,
  type BurstReport,
  type ClosedPortReport,
  type DestinationReport,
  type ProbeReport,
  type SizeReport,
} from "./report.ts";

export interface ProbeOptions {
  /** The request; null: bytes that an echo server sends back. */
  readonly payload: Uint8Array | null;
  readonly timeoutNs: number;
  /** Datagrams that are sent at once. */
  readonly burst: number;
}

const echoBytes = 64;
/** Lengths that servers are known to mishandle: empty, one byte, one more than a common buffer. */
const unusualBytes = [0, 1, 2049] as const;
/** The longest payload of one datagram: 65,535 less the headers; IPv6 does not count its own header. */
const longestBytes = { 4: 65_507, 6: 65_527 } as const;

/**
 * Probes a UDP server for common faults and reports its behaviour: is the source of each reply the
 * address that the request went to? Are empty, short and long datagrams answered, and many at once?
 * What does a closed port do?
 *
 * @cost a few round trips; `timeoutNs` for each of the five rounds in which a reply is missing
 */
export async function probe(
  io: Io,
  target: Endpoint,
  { payload, timeoutNs, burst }: ProbeOptions,
): Promise<ProbeReport> {
  const request = payload ?? filling(echoBytes);
  const sources = new Map<string, string>();
  const question = (destination: Endpoint, bytes = request): Question => {
    const { address } = destination;
    const sourceAddress = sources.get(address) ?? sourceFor(destination);
    sources.set(address, sourceAddress);
    return { sourceAddress, destination, bytes };
  };
  const answersTo = async (
    questions: readonly Question[],
    connected: boolean,
    receiveErrors = false,
  ): Promise<readonly AnswerReport[]> => {
    const answers = await query(io, questions, { connected, receiveErrors, timeoutNs });
    return answers.map((answer, index) =>
      answerReport(answer, (questions[index] as Question).bytes),
    );
  };

  const [destinations, closedPort] = await Promise.all([probeDestinations(), probeClosedPort()]);
  const [first] = destinations;
  const answers = first !== undefined && first.unconnected.reply !== null;
  const sizes = answers ? await probeSizes() : [];
  const flood = answers ? await probeBurst() : null;
  const afterwards = answers ? ((await answersTo([question(target)], false))[0] ?? null) : null;
  const probed = {
    target: formatEndpoint(target),
    io: io.kind,
    requestBytes: request.length,
    timeoutNs,
    echoes: answers ? first.unconnected.reply === "echo" : null,
    destinations,
    sizes,
    burst: flood,
    closedPort,
    afterwards,
  };
  return { ...probed, ...judge(probed) };

  async function probeDestinations(): Promise<readonly DestinationReport[]> {
    const endpoints = destinationsOf(target);
    const questions = endpoints.map((destination) => question(destination));
    const [unconnected, connected] = await Promise.all([
      answersTo(questions, false),
      answersTo(questions, true),
    ]);
    return endpoints.map((destination, index) => ({
      destination: formatEndpoint(destination),
      unconnected: unconnected[index] as AnswerReport,
      connected: connected[index] as AnswerReport,
    }));
  }

  async function probeSizes(): Promise<readonly SizeReport[]> {
    const longest = longestBytes[target.address.includes(":") ? 6 : 4];
    const lengths = [...unusualBytes, longest, longest + 1];
    const replies = await answersTo(
      lengths.map((bytes) => question(target, filling(bytes))),
      false,
    );
    return lengths.map((bytes, index) => ({ bytes, answer: replies[index] as AnswerReport }));
  }

  async function probeBurst(): Promise<BurstReport> {
    const options = { connected: false, timeoutNs, times: burst };
    const [answer] = await query(io, [question(target)], options);
    const { replies, wrongReplies } = answer as Answer;
    return { sent: burst, replies, wrongReplies };
  }

  async function probeClosedPort(): Promise<ClosedPortReport> {
    const closed = await closedPortOf(target.address.includes(":") ? "::1" : "127.0.0.1");
    const reportsErrors = backends[io.kind].capabilities.receiveErrorsObstacle === null;
    const [[unconnected], [receiveErrors = null], [connected]] = await Promise.all([
      answersTo([question(closed)], false),
      reportsErrors ? answersTo([question(closed)], false, true) : [],
      answersTo([question(closed)], true),
    ]);
    return {
      destination: formatEndpoint(closed),
      unconnected: unconnected as AnswerReport,
      receiveErrors,
      connected: connected as AnswerReport,
    };
  }
}

/** Returns bytes that differ by position. */
function filling(bytes: number): Uint8Array {
  return Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7 + (at >> 8) + 1) & 0xff));
}
