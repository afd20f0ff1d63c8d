import { z } from "zod";
import { choice, count, line, map, size } from "./values.ts";

/** The largest message over TCP, and the most that a reply's framing may hold by default. */
export const largestMessage = 16 * 1024 * 1024;
/** The largest UDP payload over IPv4: 65,535 less the IP and UDP headers. */
export const largestDatagram = 65_507;
const largestReply = 1024 * 1024 * 1024;

const bytesKeys = {
  text: z
    .string()
    .optional()
    .describe("The bytes as text, in UTF-8; YAML's escapes hold in double quotes."),
  hex: z.string().optional().describe("The bytes in hexadecimal; white space is ignored."),
  base64: z.string().optional().describe("The bytes in base64; white space is ignored."),
};

/** Bytes: a text, or { text | hex | base64 }. */
function bytes(kind: string) {
  return z.union([z.string(), choice(kind, bytesKeys)], {
    error: "expected a text, { hex: ... } or { base64: ... }",
  });
}

const maxSize = size(1, largestReply).optional();

const messageSize = size(0, largestMessage);

const sizesSchema = choice("lengths", {
  uniform: z
    .tuple([messageSize, messageSize], { error: "expected two sizes, as in [0, 2048]" })
    .optional()
    .describe("Every length from the first to the second, as often."),
  exponential: map("an exponential", {
    mean: size(1, largestMessage).describe("Mean length before the longest are cut."),
    max: messageSize.optional().describe("The longest. Default: ten times the mean."),
  })
    .optional()
    .describe("Short messages often, long ones seldom."),
  choices: z
    .array(messageSize)
    .min(1)
    .max(1000)
    .optional()
    .describe("One of these lengths, each as often as it is listed."),
});

export const messageSchema = z.union(
  [
    z.string(),
    choice("a message", {
      size: z
        .union([size(0, largestMessage), sizesSchema], {
          error: 'expected a size like "64" or { uniform: [0, 2048] }',
        })
        .optional()
        .describe(
          "That many bytes of a fixed pattern, stamped where there is room (16 bytes); or lengths by chance, which " +
            "follow from the seed: one of { uniform | exponential | choices }.",
        ),
      text: z
        .string()
        .optional()
        .describe(
          "A text in UTF-8; {{sequence}}, {{connection}} and {{source}} stand for the message's number " +
            "on its connection, the connection's number, and its source address and port.",
        ),
      hex: bytesKeys.hex,
      base64: bytesKeys.base64,
      file: line
        .optional()
        .describe("A file's content as it is; the path is relative to the scenario's file."),
    }),
  ],
  { error: "expected a text, { size: 64 }, { text | hex | base64: ... } or { file: path }" },
);

export const framingSchema = z.union(
  [
    z.enum(["echo", "http"]),
    choice("a framing", {
      fixed: size(1, largestReply).optional().describe("Every reply has that size."),
      delimiter: z
        .union(
          [
            z.string(),
            map("a delimiter", {
              ...bytesKeys,
              maxSize: maxSize.describe("The longest reply, delimiter included. Default: 16MiB."),
            }),
          ],
          { error: 'expected a text such as "\\r\\n", { hex: ... } or { base64: ... }' },
        )
        .optional()
        .describe(
          'A reply ends with these bytes: a text such as "\\r\\n", or { hex | base64, maxSize }.',
        ),
      lengthPrefix: map("a lengthPrefix", {
        bytes: z
          .union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)], {
            error: "expected 1, 2, 4 or 8",
          })
          .describe("Width of the length field in bytes: 1, 2, 4 or 8."),
        byteOrder: z.enum(["big", "little"]).optional().describe("Default: big (network order)."),
        offset: count(0, 65_535)
          .optional()
          .describe("Bytes of the message before the length field. Default: 0."),
        includesHeader: z
          .boolean()
          .optional()
          .describe(
            "Whether the length counts the whole message (what precedes the field and the field itself, too) " +
              "or what follows the field. Default: false.",
          ),
        maxSize: maxSize.describe(
          "The longest reply; a longer one breaks the protocol. Default: 16MiB.",
        ),
      })
        .optional()
        .describe("The length of a reply stands in it as a number."),
      http: map("an http framing", {
        maxSize: maxSize.describe("The longest reply. Default: 16MiB."),
      })
        .optional()
        .describe("Replies are HTTP/1.1 responses."),
      module: line
        .optional()
        .describe(
          "A module of your own (.js or .mjs) whose default export is (slots) => Framer; the path is " +
            "relative to the scenario's file.",
        ),
    }),
  ],
  {
    error:
      "expected echo, http, { fixed: 64 }, { delimiter: ... }, { lengthPrefix: ... } or { module: path }",
  },
);

export const expectSchema = z.union(
  [
    z.enum(["any", "echo"]),
    choice("an expect", {
      ...bytesKeys,
      prefix: bytes("a prefix").optional().describe("A reply begins with these bytes."),
      regex: z
        .union(
          [
            z.string(),
            map("a regex", {
              pattern: z.string().describe("The regular expression."),
              flags: z
                .string()
                .optional()
                .describe("Flags out of i, m, s, u and v. Default: none."),
            }),
          ],
          { error: "expected a regular expression" },
        )
        .optional()
        .describe("A reply, read as Latin-1 text, matches this JavaScript regular expression."),
      size: z
        .union(
          [
            size(0, largestReply),
            map("a size", {
              min: size(0, largestReply).optional().describe("Default: 0."),
              max: size(0, largestReply).optional().describe("Default: no limit."),
            }),
          ],
          { error: 'expected a size like "64" or { min: ..., max: ... }' },
        )
        .optional()
        .describe("A reply has this size, or one from min to max."),
    }),
  ],
  {
    error:
      "expected any, echo, { text | hex | base64: ... }, { prefix: ... }, { regex: ... } or { size: ... }",
  },
);

export type MessageInput = z.output<typeof messageSchema>;
export type FramingInput = z.output<typeof framingSchema>;
export type ExpectInput = z.output<typeof expectSchema>;
