/**
 * The JSON Schema (draft 2020-12) of a result, as committed in schema/: its shape from src/results/files/schema.ts, of which what
 * earlier versions did not write is optional, its descriptions from the comments at the types of src/results/result.ts.
 */
import { readFileSync } from "node:fs";
import { parseAst } from "rolldown/parseAst";
import { z } from "zod";

/** @typedef {Record<string, any>} Node an ESTree node, or a part of a JSON Schema */

const files = [
  "results/result.ts",
  "results/host-result.ts",
  "results/usage-result.ts",
  "results/anatomy-result.ts",
  "results/server-result.ts",
  "results/receiver-result.ts",
  "results/tcp-result.ts",
  "results/command-result.ts",
  "results/findings/finding.ts",
  "metrics/histogram.ts",
  "metrics/snapshot.ts",
  "gates/evaluate.ts",
];

/**
 * Of fields whose names say enough to those who read the types, which have no comment.
 *
 * @type {Readonly<Record<string, string>>}
 */
const words = {
  50: "Half of the samples are not above it.",
  90: "The 90th percentile.",
  95: "The 95th percentile.",
  99: "The 99th percentile.",
  99.9: "The 99.9th percentile.",
  99.99: "The 99.99th percentile.",
  about: "What it concerns: generator, server, machine or run.",
  achievedPerSecond: "Exchanges sent in a second.",
  addressesUsed: "Source addresses that had connections.",
  agents: "Processes of the load generator.",
  arch: "The processor's architecture.",
  atMs: "When, in ms since the run's start.",
  bytes: "Bytes of payload.",
  bytesReceived: "Bytes that it received.",
  bytesSent: "Bytes that it sent.",
  captureFilter: "A filter for tcpdump and dumpcap.",
  cause: "Why it did not turn.",
  clock: "Its monotonic clock against the coordinator's.",
  closedByTarget: "Connections that the target ended.",
  code: "What it is, for programs.",
  complete: "Those that received all that was due to them, once.",
  connectTime: "Time from the attempt to connect until the connection was there.",
  connectionWait: "Part of the send lag: waiting for a free connection.",
  corrupted: "Replies that were not what was expected.",
  count: "How many.",
  countedBy: "Who counted what was received: the clients, or, of one-way traffic, the server.",
  cpuModel: "The processor's name.",
  cpuSeconds: "User and system time.",
  cpus: "CPUs.",
  delayMaxMs: "The longest delay of an event.",
  deliveryLatency: "From the intended send time to this receiver.",
  destination: "Address and port that it sent to.",
  displayFilter: "A display filter for Wireshark.",
  dropped: "Packets that the program dropped.",
  due: "What was due.",
  duplicated: "Replies or messages that came again.",
  durationMs: "Length, ms.",
  errors: "Errors.",
  exit: "How it ended.",
  expression: "The gate as the scenario has it.",
  failed: "Attempts that failed, of connections or flows.",
  failing: "Clients with errors in any phase.",
  failures: "Errors of this client.",
  file: "Path of the file.",
  fragmentationFailed: "Datagrams that could not be cut into fragments.",
  fragmentsCreated: "Fragments made of datagrams.",
  fragments: "Fragments that were sent.",
  datagrams: "Datagrams that were fragmented.",
  from: "The address that answered.",
  fromMs: "Begin, ms since the run's start.",
  toMs: "End, ms since the run's start.",
  gate: "The gate as the scenario has it.",
  gates: "Each gate, in the scenario's order.",
  gcLongestSeconds: "The longest stop for garbage collection.",
  gcSeconds: "All stops for garbage collection.",
  generator: "What the load generator used in steady state.",
  generatorLag: "Part of the send lag that is slash8's own.",
  handedBack: "Datagrams that another flow's socket took before it was connected.",
  handedOver:
    "Datagrams that queued before their flow's socket was connected, and were served as its own.",
  host: "The machine of the run.",
  id: "Unique to the run.",
  idleSeconds: "CPU time in which nothing ran.",
  ignored: "Messages that the scenario says to ignore.",
  answersSent: "Answers that were sent to messages of the target.",
  keepAlivesSent: "Messages sent to keep connections alive.",
  pushed: "Messages of the target that a protocol says are no replies.",
  interface: "The network interface.",
  io: "The way to the sockets: uring or node.",
  kind: "Who started it: slash8 (builtin), a command, or somebody else (external).",
  late: "Replies that came after their time-out.",
  limit: "What the value was compared with.",
  lost: "What never arrived.",
  malformed: "As a reply could not be read.",
  max: "The highest, exact.",
  mean: "The mean, exact.",
  memoryBytes: "The machine's memory.",
  min: "The lowest, exact.",
  name: "The name.",
  node: "The version of Node.",
  offered: "Exchanges that were due.",
  offeredPerSecond: "Exchanges due in a second, by the schedule; null in the closed model.",
  openFiles: "Open files.",
  openFilesPeak: "The most open files.",
  opened: "Connections that were opened.",
  order: "Whether the new instance is started before the old one is stopped.",
  outcome: "The verdict: pass, fail, invalid or interrupted.",
  overSeconds: "Length of the time it was measured over.",
  own: "Datagrams dropped, as they came from a server's own address.",
  p50: "The median, ns.",
  p99: "The 99th percentile, ns.",
  packetsKept: "Packets that are in the file.",
  pattern: "The pattern of the workload.",
  percentiles: "Percentiles, ns.",
  phase: "The phase of the run in which it happened.",
  pid: "Number of the process.",
  planned: "Connections that the plan has.",
  process: "Number of the process, from 0.",
  program: "The program that captured.",
  protocol: "The transport: tcp or udp.",
  rate: "By second, in steady state.",
  ratio: "Of all, from 0 to 1.",
  reassembled: "Datagrams made of fragments again.",
  reassemblyFailed: "Datagrams of which fragments were missing.",
  received: "Replies, or messages that arrived.",
  receivedBytes: "How many bytes came.",
  receivedPerSecond: "Replies, or messages that arrived, in a second.",
  receiversReached: "Receivers that something reached.",
  refused: "Datagrams dropped, as more unknown peers sent than the rate limit allows.",
  rejoins: "Whether it leaves and joins again.",
  remote: "Datagrams dropped, as they came from outside loopback without permission.",
  reordered: "What came after something that was sent later.",
  replied: "Replies that it sent.",
  resolved: "The scenario with every default applied and every unit converted.",
  responseTime: "From the intended send time to the reply.",
  rssBytes: "Resident memory.",
  slope: "How fast memory and open files grew in steady state.",
  rssBytesPerSecond: "Growth of the resident memory.",
  rssBytesInterval: "Between what the growth of the resident memory lies at 95 %.",
  openFilesPerSecond: "Growth of the number of open files.",
  openFilesInterval: "Between what the growth of the number of open files lies at 95 %.",
  rssBytesPeak: "The most resident memory.",
  run: "The run as a whole.",
  scenario: "The scenario of the run.",
  schemaVersion: "The version of this schema.",
  sendLag: "From the intended send time to the actual one.",
  sent: "Messages sent.",
  servers: "By name, the servers of the scenario.",
  serviceTime: "From the actual send time to the reply.",
  severity: "What it means for the figures: severe, warning or info.",
  sha256: "Of the scenario's text.",
  side: "Whose error it is: the target's or the generator's.",
  signal: "The signal that ended it.",
  slowest: "Clients with the longest response times.",
  source: "Address and port of the client.",
  sources: "Where its clients connect from.",
  status: "Of `received`, by HTTP status; null where replies have none.",
  stdDev: "The standard deviation.",
  step: "Number of the step, from 1.",
  subscribers: "Connections that subscribed.",
  systemSeconds: "Time in the kernel.",
  thread: "Number of the thread, from 0.",
  throttledSeconds: "How long its threads were paused.",
  timedOut: "Exchanges without a reply within the time-out.",
  timeline:
    "By the second; in the middle of a run of over 20 minutes by 10, 60 or 300 seconds (`seconds`).",
  timeout: "As a reply did not come in time.",
  tlsTime: "Time of the TLS handshake.",
  tool: "What wrote the result.",
  truncated: "Of `corrupted`: cut short.",
  undisturbed: "Of what nothing disturbed.",
  unexpected: "As something else came than was expected.",
  unit: "Unit of the values.",
  unsent: "Exchanges that were due and not sent.",
  unsolicited: "As something came that nobody had requested.",
  userSeconds: "Time in user mode.",
  verdict: "pass, fail, inconclusive or noData.",
  version: "The version.",
  warnings: "What else is to be known, for people.",
  wireTime: "From when the kernel was given a message to when it had received the reply.",
  withoutSocket: "Datagrams served by the unconnected socket, as their flow got none of its own.",
  worker: "Number of the worker, from 0.",
  workers: "Threads of the load generator.",
  workload: "Name of the workload.",
  worstResponseTime: "Its longest response time, ns.",
  wrongSource: "Replies from another address than the one asked.",
  actual: "The measured value.",
  busiestThreadWaitedSeconds: "For how long it was ready to run and had no CPU.",
  writeBytesPerSecond: "What a connection sent in a second at most; null: it was not slow in that.",
};

/**
 * @param {z.ZodType} resultSchema
 * @param {number} version the result's `schemaVersion`
 * @returns {string} the text of schema/result.schema.json
 */
export function resultJsonSchema(resultSchema, version) {
  const { $schema, ...shape } = /** @type {Node} */ (
    z.toJSONSchema(resultSchema, {
      target: "draft-2020-12",
      io: "input",
      unrepresentable: "any",
      override: ({ jsonSchema }) => {
        // What a field of an earlier version is read as: nothing that a file has to say.
        delete jsonSchema.default;
        delete jsonSchema.id;
      },
    })
  );
  const types = readTypes();
  describe(shape, [types.named("RunResult")], shape, types, new Set());
  const whole = {
    $schema,
    $id: `urn:slash8:result:${version}`,
    title: `slash8 result, schema version ${version}`,
    description:
      "The last word of a name is the unit; a null is a figure that is not known. Later versions of slash8 may write more fields under the same schema version, and more words where a text is one of several.",
    ...shape,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** The interfaces of `files`, with the comments at them and at their fields. */
function readTypes() {
  /** @type {Map<string, { node: Node, text: string }>} */
  const declared = new Map();
  for (const file of files) {
    const text = readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
    for (const { declaration } of /** @type {Node[]} */ (parseAst(text, { lang: "ts" }).body)) {
      if (/^TS(Interface|TypeAlias)Declaration$/.test(declaration?.type)) {
        declared.set(declaration.id.name, { node: declaration, text });
      }
    }
  }
  return {
    /** @param {string} name */
    named(name) {
      const found = declared.get(name);
      if (found === undefined) throw new Error(`${name} is in none of ${files.join(", ")}`);
      return found;
    },
    /** @param {string} name */
    has: (name) => declared.has(name),
  };
}

/**
 * Writes the comments at types to the parts of a schema that are of them.
 *
 * @param {Node} part
 * @param {readonly { node: Node, text: string }[]} ofTypes
 * @param {Node} root
 * @param {ReturnType<typeof readTypes>} types
 * @param {Set<Node>} seen
 */
function describe(part, ofTypes, root, types, seen) {
  if (part.$ref !== undefined) {
    const target = root.$defs[part.$ref.replace("#/$defs/", "")];
    describe(target, ofTypes, root, types, seen);
    return;
  }
  for (const either of part.anyOf ?? []) describe(either, ofTypes, root, types, seen);
  if (seen.has(part) || ofTypes.length === 0) return;
  const resolved = ofTypes.flatMap((type) => membersOf(type, types));
  if (part.properties === undefined) {
    const inner = part.items ?? part.additionalProperties;
    const elements = ofTypes.flatMap((type) => elementsOf(type, types));
    if (typeof inner === "object") describe(inner, elements, root, types, seen);
    return;
  }
  seen.add(part);
  for (const [name, field] of Object.entries(/** @type {Node} */ (part.properties))) {
    const member = resolved.find(({ node }) => (node.key.name ?? node.key.value) === name);
    if (member !== undefined) {
      const type = { node: member.node.typeAnnotation.typeAnnotation, text: member.text };
      describe(field, [type], root, types, seen);
    }
    const description = (member && commentAt(member)) ?? words[name];
    if (description !== undefined) part.properties[name] = { description, ...field };
  }
}

/**
 * @param {{ node: Node, text: string }} type
 * @param {ReturnType<typeof readTypes>} types
 * @returns {{ node: Node, text: string }[]} its fields
 */
function membersOf({ node, text }, types) {
  const of = (/** @type {Node} */ inner) => membersOf({ node: inner, text }, types);
  switch (node.type) {
    case "TSInterfaceDeclaration":
      return [
        ...node.body.body.map((/** @type {Node} */ member) => ({ node: member, text })),
        ...node.extends.flatMap((/** @type {Node} */ heir) => named(heir.expression.name)),
      ];
    case "TSTypeAliasDeclaration":
    case "TSParenthesizedType":
    case "TSTypeOperator":
      return of(node.typeAnnotation);
    case "TSTypeLiteral":
      return node.members.map((/** @type {Node} */ member) => ({ node: member, text }));
    case "TSUnionType":
    case "TSIntersectionType":
      return node.types.flatMap(of);
    case "TSIndexedAccessType":
      return of(node.objectType)
        .filter((member) => member.node.key.name === node.indexType.literal?.value)
        .flatMap((member) =>
          membersOf({ node: member.node.typeAnnotation.typeAnnotation, text: member.text }, types),
        );
    case "TSTypeReference":
      return [...argumentsOf(node).flatMap(of), ...named(node.typeName.name)];
    default:
      return [];
  }

  /** @param {string} name */
  function named(name) {
    return types.has(name) ? membersOf(types.named(name), types) : [];
  }
}

/**
 * @param {{ node: Node, text: string }} type
 * @param {ReturnType<typeof readTypes>} types
 * @returns {{ node: Node, text: string }[]} of an array or a map, the type of its elements
 */
function elementsOf({ node, text }, types) {
  const of = (/** @type {Node} */ inner) => elementsOf({ node: inner, text }, types);
  switch (node.type) {
    case "TSTypeOperator":
    case "TSParenthesizedType":
      return of(node.typeAnnotation);
    case "TSUnionType":
      return node.types.flatMap(of);
    case "TSArrayType":
      return [{ node: node.elementType, text }];
    case "TSTypeReference":
      if (node.typeName.name === "Record") return [{ node: argumentsOf(node)[1] ?? {}, text }];
      return argumentsOf(node).flatMap(of);
    default:
      return [];
  }
}

/** @param {Node} node @returns {Node[]} */
function argumentsOf(node) {
  return node.typeArguments?.params ?? [];
}

/**
 * @param {{ node: Node, text: string }} member
 * @returns {string | null}
 */
function commentAt({ node, text }) {
  const before = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text.slice(0, node.start))?.[1];
  if (before === undefined) return null;
  return before.replaceAll(/\s*\n\s*\*?\s*/g, " ").trim();
}
