import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { parseTemplate } from "../../src/messages/template.ts";

const text = (content: string) => ({ kind: "bytes", bytes: Buffer.from(content) });

describe("parseTemplate", () => {
  it("splits a text at its placeholders", () => {
    expect(parseTemplate("GET /{{sequence}}?c={{ connection }}{{source}}\n")).toEqual([
      text("GET /"),
      { kind: "sequence" },
      text("?c="),
      { kind: "connection" },
      { kind: "source" },
      text("\n"),
    ]);
    expect(parseTemplate("{{sequence}}")).toEqual([{ kind: "sequence" }]);
    expect(parseTemplate("")).toEqual([]);
  });

  it("leaves other braces alone", () => {
    for (const content of ['{"a":{"b":1}}', "{{", "}}", "{sequence}", "{{a", "ä€😀"]) {
      expect(parseTemplate(content)).toEqual([text(content)]);
    }
    expect(parseTemplate('{"n":{{sequence}}}')).toEqual([
      text('{"n":'),
      { kind: "sequence" },
      text("}"),
    ]);
  });

  it.each(["{{sequnce}}", "{{}}", "{{ Source }}", "{{sequence + 1}}"])(
    "refuses %s and lists the known placeholders",
    (content) => {
      expect(() => parseTemplate(`x${content}y`)).toThrow(UserError);
      expect(() => parseTemplate(`x${content}y`)).toThrow(
        `unknown placeholder ${content} in a message; known: {{sequence}}, {{connection}}, {{source}}`,
      );
    },
  );
});
