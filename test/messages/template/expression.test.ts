import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { splitText } from "../../../src/messages/template/expression.ts";
import { isPrefixPipe } from "../../../src/messages/template/pipes.ts";

const split = (text: string) => splitText(text, isPrefixPipe);
const expression = (written: string, changes: object) => ({
  written,
  column: null,
  args: [],
  operations: [],
  pipes: [],
  ...changes,
});

describe("splitText", () => {
  it("splits a text at its placeholders", () => {
    expect(split("GET /{{sequence}}?c={{ connection }}{{source}}\n")).toEqual([
      "GET /",
      expression("{{sequence}}", { name: "sequence" }),
      "?c=",
      expression("{{ connection }}", { name: "connection" }),
      expression("{{source}}", { name: "source" }),
      "\n",
    ]);
    expect(split("{{sequence}}")).toEqual([expression("{{sequence}}", { name: "sequence" })]);
    expect(split("")).toEqual([]);
  });

  it("leaves other braces alone", () => {
    for (const content of ['{"a":{"b":1}}', "{{", "}}", "{sequence}", "{{a", "{{a}", "ä€😀"]) {
      expect(split(content)).toEqual([content]);
    }
    const number = expression("{{sequence}}", { name: "sequence" });
    expect(split('{"n":{{sequence}}}')).toEqual(['{"n":', number, "}"]);
    expect(split("{{{sequence}}}")).toEqual(["{", number, "}"]);
    expect(split("{{a{{sequence}}")).toEqual(["{{a", number]);
  });

  it("reads columns, arguments, operations and pipes", () => {
    expect(split('{{users."first name"|width 5 | hex}}')).toEqual([
      expression('{{users."first name"|width 5 | hex}}', {
        name: "users",
        column: "first name",
        pipes: [
          { name: "width", args: [{ kind: "number", text: "5" }] },
          { name: "hex", args: [] },
        ],
      }),
    ]);
    expect(split("{{sequence/10 % 1000+1}}")).toEqual([
      expression("{{sequence/10 % 1000+1}}", {
        name: "sequence",
        operations: [
          { sign: "/", operand: 10 },
          { sign: "%", operand: 1000 },
          { sign: "+", operand: 1 },
        ],
      }),
    ]);
    expect(split("{{bytes 00 ff 1a}}")).toEqual([
      expression("{{bytes 00 ff 1a}}", {
        name: "bytes",
        args: [
          { kind: "number", text: "00" },
          { kind: "word", text: "ff" },
          { kind: "number", text: "1a" },
        ],
      }),
    ]);
  });

  it("takes a pipe in front for one behind", () => {
    expect(split("{{base64 hex sequence | width 9}}")).toMatchObject([
      { name: "sequence", pipes: [{ name: "hex" }, { name: "base64" }, { name: "width" }] },
    ]);
  });

  it("reads texts in quotes, in which braces are text", () => {
    const text = (written: string) => {
      const [part] = split(written);
      return typeof part === "object" && part.name === null ? part.args[0]?.text : null;
    };
    expect(text('{{"{{"}}')).toBe("{{");
    expect(text(`{{"a\\"b\\\\\\n}}"}}`)).toBe('a"b\\\n}}');
    expect(text("{{'a\\b\"'}}")).toBe('a\\b"');
  });

  it.each([
    ["{{}}", "{{}} in a message is empty"],
    ["{{ 5 }}", '"5" is not the name of a value'],
    ["{{users.}}", "the name of a column is missing after the dot"],
    ["{{sequence - 1}}", '"- 1" is not expected'],
    ["{{it's}}", `"'s" is a quotation mark without its end`],
    ["{{sequence + 1 % 10}}", "write % before +"],
    ["{{sequence % 0}}", "after % comes a whole number, 1 to 4294967296"],
    ["{{sequence % users}}", "after % comes a whole number"],
    ["{{sequence | }}", "the name of a pipe is missing"],
    ["{{sequence % 5 hex}}", '"hex" is not expected; before a pipe comes |'],
    ["{{users.a.b}}", '"." is not expected here'],
  ])("refuses %s", (content, message) => {
    expect(() => split(`x${content}y`)).toThrow(UserError);
    expect(() => split(`x${content}y`)).toThrow(message);
  });

  it("takes no longer for many quotation marks", () => {
    const text = `{{${'""'.repeat(20_000)}`;
    expect(split(text)).toEqual([text]);
  });
});
