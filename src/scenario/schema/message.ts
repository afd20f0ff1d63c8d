import { z } from "zod";
import { largestReply, type SchemaKit } from "../../framing/framers/framing.ts";
import { aloneFramings, listFramings, mapFramings } from "../../framing/framings.ts";
import {
  choice,
  choiceBeside,
  count,
  duration,
  httpStatus,
  line,
  map,
  namePattern,
  oneOrMany,
  size,
} from "./values.ts";

/** The largest message over TCP, and the most that a reply's framing may hold by default. */
export const largestMessage = 16 * 1024 * 1024;

const bytesKeys = {
  text: z
    .string()
    .optional()
    .describe("The bytes as text, in UTF-8; YAML's escapes work in double quotes."),
  hex: z.string().optional().describe("The bytes in hexadecimal; white space is ignored."),
  base64: z.string().optional().describe("The bytes in base64; white space is ignored."),
};

/** Bytes: a text, or { text | hex | base64 }. */
function bytes(kind: string) {
  return z.union([z.string(), choice(kind, bytesKeys)], {
    error: "expected a text, { hex: ... } or { base64: ... }",
  });
}

const messageSize = size(0, largestMessage);

const sizesSchema = choice("lengths", {
  uniform: z
    .tuple([messageSize, messageSize], { error: "expected two sizes, as in [0, 2048]" })
    .optional()
    .describe("Every length from the first to the second, all equally likely."),
  exponential: map("an exponential", {
    mean: size(1, largestMessage).describe("Mean length, before the longest are cut to max."),
    max: messageSize
      .optional()
      .meta({ description: "Longest length.", byDefault: "ten times the mean" }),
  })
    .optional()
    .describe("Exponentially distributed lengths: many short messages, few long ones."),
  choices: z
    .array(messageSize)
    .min(1)
    .max(1000)
    .optional()
    .describe("One of these lengths, at random; one that is listed twice is twice as likely."),
});

export const messageSchema = z.union(
  [
    z.string(),
    choiceBeside("a message", "parts", {
      size: z
        .union([size(0, largestMessage), sizesSchema], {
          error: 'expected a size like "64" or { uniform: [0, 2048] }',
        })
        .optional()
        .describe(
          "This many bytes of a fixed pattern, with a stamp where it fits (16 bytes); or random " +
            "lengths, which follow from the seed: one of { uniform | exponential | choices }.",
        ),
      text: z
        .string()
        .optional()
        .describe(
          "A text in UTF-8. Placeholders such as {{sequence}}, {{users.name}} or {{random 0 99 | width 2}} are replaced " +
            "for each message: docs/messages.md.",
        ),
      parts: z
        .record(z.string().regex(/^[A-Za-z_][\w-]*$/), z.string())
        .optional()
        .meta({
          description:
            "Beside text: texts by name, which stand in it as {{NAME}}, and whose length is {{length NAME}}. They have " +
            "placeholders, too.",
          byDefault: "none",
        }),
      hex: bytesKeys.hex,
      base64: bytesKeys.base64,
      file: line
        .optional()
        .describe("Content of a file, sent as it is; the path is relative to the scenario's file."),
    }),
  ],
  {
    error: ({ input }) =>
      Array.isArray(input)
        ? "expected one message; a list of them, by weight, is written as messages: [{ name: get, weight: 9, message: ... }, ...]"
        : "expected a text, { size: 64 }, { text | hex | base64: ... } or { file: path }",
  },
);

const kit: SchemaKit = { z, size, count, line, map, bytesKeys };

const framingMap = choice(
  "a framing",
  Object.fromEntries(
    mapFramings.map(({ name, schema, description }) => [
      name,
      schema(kit).optional().describe(description),
    ]),
  ),
);

export const framingSchema = z.union([z.enum(aloneFramings.map(({ name }) => name)), framingMap], {
  error: `expected ${listFramings("form")}`,
});

const replyKeys = {
  ...bytesKeys,
  prefix: bytes("a prefix").optional().describe("A reply starts with these bytes."),
  regex: z
    .union(
      [
        z.string(),
        map("a regex", {
          pattern: z.string().describe("The regular expression."),
          flags: z
            .string()
            .optional()
            .meta({ description: "Flags: any of i, m, s, u and v.", byDefault: "none" }),
        }),
      ],
      { error: "expected a regular expression" },
    )
    .optional()
    .describe(
      "A reply, read as Latin-1 text, matches this JavaScript regular expression. It is matched in time " +
        "proportional to the reply: back references, lookahead and lookbehind are refused.",
    ),
  size: z
    .union(
      [
        size(0, largestReply),
        map("a size", {
          min: size(0, largestReply)
            .optional()
            .meta({ description: "Smallest size.", byDefault: "0" }),
          max: size(0, largestReply)
            .optional()
            .meta({ description: "Largest size.", byDefault: "no limit" }),
        }),
      ],
      { error: 'expected a size like "64" or { min: ..., max: ... }' },
    )
    .optional()
    .describe("A reply has this size, or a size from min to max."),
};

const expectMap = choiceBeside("an expect", "status", {
  status: oneOrMany(
    httpStatus,
    "an HTTP status such as 200, a class such as 2xx, or a list of them",
  )
    .optional()
    .meta({
      description:
        "With framing http, the reply's HTTP status is one of these; any other is an error, `HTTP_500` for one.",
      byDefault: "below 400",
    }),
  ...replyKeys,
});

const expectForms =
  "{ status: ... }, { text | hex | base64: ... }, { prefix: ... }, { regex: ... } or { size: ... }";

export const expectSchema = z.union([z.enum(["any", "echo"]), expectMap], {
  error: `expected any, echo, ${expectForms}`,
});

/** Of a step, of which most expect a text. */
const stepExpectSchema = z.union([z.string(), expectMap], {
  error: `expected any, echo, a text, ${expectForms}`,
});

const asideForms =
  "a text, { text | hex | base64: ... }, { prefix: ... }, { regex: ... } or { size: ... }";

/** A message of the peer, by what it is. */
const asideSchema = z.union([z.string(), choice("a message of the target", replyKeys)], {
  error: `expected ${asideForms}`,
});

const answerSchema = map("an answer", {
  to: asideSchema.describe(
    'Which messages are answered, in the forms of expect, or a text that one equals: { prefix: "PING" }.',
  ),
  send: bytes("a send").describe("What is sent back: a text, or { text | hex | base64 }."),
});

export const unsolicitedSchema = map("an unsolicited", {
  ignore: oneOrMany(asideSchema, `${asideForms}, or a list of those`).optional().meta({
    description:
      "Messages that need no answer, in the forms of expect, or a text that one equals; one, or a list.",
    byDefault: "none",
  }),
  answer: z.array(answerSchema).min(1).max(100).optional().meta({
    description: "Messages that are answered, each by the first of these that it fits.",
    byDefault: "none",
  }),
});

/** Where the reply of a step ends, or that it has none. */
const receiveSchema = z.union(
  [z.enum(["none", ...aloneFramings.map(({ name }) => name)]), framingMap],
  { error: `expected none, ${listFramings("form")}` },
);

export const idSchema = map("an id", {
  offset: count(0, largestMessage - 1)
    .optional()
    .describe("Where the number stands: so many bytes from the beginning of message and reply."),
  bytes: count(1, 8)
    .optional()
    .describe("With offset: length of the number in bytes, as an unsigned integer."),
  byteOrder: z
    .enum(["big", "little"])
    .optional()
    .meta({ description: "With offset: which byte comes first.", byDefault: "big" }),
  replyOffset: count(0, largestReply - 1)
    .optional()
    .meta({ description: "With offset: where it stands in the reply.", byDefault: "offset" }),
  after: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The text that the number follows, in message and reply. The message has room for it behind that text, as in " +
        '"id=00000000".',
    ),
  digits: count(2, 9)
    .optional()
    .describe("With after: decimal digits of the number, which has leading zeros."),
  replyAfter: z.string().min(1).optional().meta({
    description: "With after: the text that it follows in the reply.",
    byDefault: "after",
  }),
  random: z
    .boolean()
    .optional()
    .meta({
      description:
        "Numbers look random, and differ from connection to connection; else each connection counts from 0. Either " +
        "way a number comes again only after all others.",
      byDefault: "false",
    }),
});

export type IdInput = z.output<typeof idSchema>;

/** The longest value that a step may keep for each connection. */
const largestCapture = 4096;

const captureSchema = map("a captured value", {
  after: bytes("an after").optional().meta({
    description: "The value begins behind these bytes.",
    byDefault: "the reply's beginning",
  }),
  before: bytes("a before")
    .optional()
    .meta({ description: "It ends before these bytes.", byDefault: "the reply's end" }),
  maxSize: size(1, largestCapture).optional().meta({
    description: "Longest value; each connection takes that much memory.",
    byDefault: "64",
  }),
});

const stepKeys = {
  name: z
    .string()
    .refine(
      (name) => namePattern.test(name),
      "a step's name must start with a letter and continue with letters, digits, _ or -",
    )
    .optional()
    .meta({ description: "Name of the step, for the plan and the result.", byDefault: "none" }),
  send: messageSchema.optional().meta({
    description:
      "What is sent, in the forms of message; {{sequence}} is the step's number, from 0.",
    byDefault: "nothing",
  }),
  receive: receiveSchema.optional().meta({
    description:
      "Where the step's reply ends, in the forms of framing; none: it is not waited for. Over UDP a reply is a " +
      "datagram, and only none has a meaning.",
    byDefault: "the workload's framing",
  }),
  expect: stepExpectSchema.optional().meta({
    description:
      "What the step's reply must be, in the forms of the workload's expect, or a text that it must equal; any " +
      "other reply fails the connection.",
    byDefault: "any; http: a status below 400",
  }),
  capture: z
    .record(z.string(), captureSchema)
    .optional()
    .meta({
      description:
        "Values out of the reply, by name: {{name}} in messages of later steps and in the workload's message is " +
        "that of the connection. A reply without one fails the connection.",
      byDefault: "none",
    }),
};

export const openStepSchema = map("a step", stepKeys);

export const exchangeStepSchema = map("a step of an exchange", {
  ...stepKeys,
  name: stepKeys.name.meta({
    description:
      "Name of the step, for its errors and, where it sends and waits for a reply, figures of its own: " +
      "workload.NAME.responseTime.p99 in gates.",
    byDefault: "its number, from 1",
  }),
  send: messageSchema.optional().meta({
    description:
      "What is sent, in the forms of message; {{sequence}} and {{number}} are those of the exchange.",
    byDefault: "nothing",
  }),
  think: duration.optional().meta({
    description: "Pause before the step; it is part of the exchange's response time.",
    byDefault: "0",
  }),
  expect: stepExpectSchema.optional().meta({
    description:
      "What the step's reply must be, in the forms of the workload's expect, or a text that it must equal; any " +
      "other reply fails the exchange.",
    byDefault: "any; http: a status below 400",
  }),
  capture: z.record(z.string(), captureSchema).optional().meta({
    description:
      "Values out of the reply, by name: {{name}} in messages of later steps. A reply without one fails the exchange.",
    byDefault: "none",
  }),
});

const optionValue = z.union([z.string(), z.number(), z.boolean()]);

/** A protocol's name or path, alone or as the key of a map with its options. */
export const protocolSchema = z.union(
  [
    line,
    z
      .record(line, z.record(z.string(), z.union([optionValue, z.array(optionValue)])))
      .meta({ minProperties: 1, maxProperties: 1 }),
  ],
  { error: "expected a protocol's name, the path of its module, or { NAME: { option: value } }" },
);

export const mixedMessageSchema = map("a message of several", {
  name: z
    .string()
    .refine(
      (name) => namePattern.test(name),
      "a message's name must start with a letter and continue with letters, digits, _ or -",
    )
    .describe("Name of the message in gates (chat.get.responseTime.p99) and in the result."),
  weight: count(1, 1_000_000).optional().meta({
    description:
      "How often it is sent: weight 9 beside weight 1 is nine of ten messages, exactly so in every ten of a connection.",
    byDefault: "1",
  }),
  message: messageSchema.describe("What is sent, in the forms of the workload's message."),
  expect: expectSchema.optional().meta({
    description: "What its reply must be, in the forms of the workload's expect.",
    byDefault: "the workload's",
  }),
  framing: framingSchema.optional().meta({
    description:
      "Where its reply ends, in the forms of the workload's framing. Replies come in the order of the requests, so that " +
      "it is known which message the next one answers; with id they do not, and there is one framing for all.",
    byDefault: "the workload's",
  }),
});

/** Messages of a mix at most: a byte says which one an exchange is of. */
export const mostMixed = 100;

export type MixedMessageInput = z.output<typeof mixedMessageSchema>;
export type MessageInput = z.output<typeof messageSchema>;
export type FramingInput = z.output<typeof framingSchema>;
export type ExpectInput = z.output<typeof expectSchema>;
export type UnsolicitedInput = z.output<typeof unsolicitedSchema>;
export type OpenStepInput = z.output<typeof openStepSchema>;
export type ExchangeStepInput = z.output<typeof exchangeStepSchema>;
