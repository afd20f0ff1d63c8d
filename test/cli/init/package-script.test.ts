import { describe, expect, test } from "vitest";
import { withScript } from "../../../src/cli/init/package-script.ts";

describe("a script is added, and all else stays as it is", () => {
  test.each([
    [
      "two spaces",
      '{\n  "name": "x",\n  "scripts": {\n    "test": "a"\n  }\n}\n',
      '{\n  "name": "x",\n  "scripts": {\n    "test": "a",\n    "load": "s"\n  }\n}\n',
    ],
    [
      "tabs, CRLF, a byte order mark, no line end",
      '\uFEFF{\r\n\t"scripts": {\r\n\t\t"test": "a"\r\n\t}\r\n}',
      '\uFEFF{\r\n\t"scripts": {\r\n\t\t"test": "a",\r\n\t\t"load": "s"\r\n\t}\r\n}',
    ],
    [
      "lists on one line, and a text with braces and quotes",
      '{\n  "files": ["a", "b"],\n  "x": "}\\"{",\n  "scripts": { "test": "a" },\n  "y": [{ "scripts": {} }]\n}\n',
      '{\n  "files": ["a", "b"],\n  "x": "}\\"{",\n  "scripts": { "test": "a", "load": "s" },\n  "y": [{ "scripts": {} }]\n}\n',
    ],
    [
      "scripts that are empty",
      '{\n    "scripts": {}\n}\n',
      '{\n    "scripts": {\n        "load": "s"\n    }\n}\n',
    ],
    [
      "no scripts",
      '{\n    "name": "x"\n}\n',
      '{\n    "name": "x",\n    "scripts": {\n        "load": "s"\n    }\n}\n',
    ],
    ["nothing", "{}\n", '{\n  "scripts": {\n    "load": "s"\n  }\n}\n'],
    ["nothing, on lines", "{\n}\n", '{\n  "scripts": {\n    "load": "s"\n  }\n}\n'],
    ["one line", '{"name":"x"}', '{"name":"x", "scripts": {"load": "s"}}'],
    [
      "one line with scripts",
      '{"scripts":{"a":"b"},"n":1}',
      '{"scripts":{"a":"b", "load": "s"},"n":1}',
    ],
  ])("%s", (_, before, after) => {
    const text = withScript(before, "load", "s", false);
    expect(text).toBe(after);
    const parsed = JSON.parse(before.replace("\uFEFF", ""));
    const wanted = { ...parsed, scripts: { ...parsed.scripts, load: "s" } };
    expect(JSON.parse((text ?? "").replace("\uFEFF", ""))).toEqual(wanted);
  });
});

test("a script of that name stays, or is replaced in its place", () => {
  const text = '{\n  "scripts": {\n    "load": "mine \\"x\\"",\n    "z": "a"\n  }\n}\n';
  expect(withScript(text, "load", "s", false)).toBeNull();
  expect(withScript(text, "load", "s", true)).toBe(text.replace('mine \\"x\\"', "s"));
});

test("scripts that are not a map stay", () => {
  expect(withScript('{ "scripts": 5 }', "load", "s", true)).toBeNull();
});
