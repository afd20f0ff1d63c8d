import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import type { DataFormat } from "../../../src/messages/data/data-set.ts";
import { loadRows, loadRowsInPieces } from "../../../src/messages/data/load-rows.ts";
import type { RowsFile } from "../../../src/messages/data/reader.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const folder = makeTempDir();

function fileOf(
  content: string | Buffer,
  format: DataFormat = "csv",
  changes: Partial<RowsFile> = {},
): RowsFile {
  const file = join(folder, `rows.${format}`);
  writeFileSync(file, content);
  return { file, format, delimiter: ",", header: null, ...changes };
}

/** The columns, and the cells of each row. */
function read(file: RowsFile, wanted: readonly string[] | null = null) {
  const { rows } = loadRows(file, wanted);
  const bytes = Buffer.from(rows.bytes);
  const { length } = rows.columns;
  const offsets = new Uint32Array(rows.offsets, 0, rows.count * length + 1);
  expect(offsets.at(-1)).toBeLessThanOrEqual(bytes.length);
  const cell = (i: number) => bytes.toString("utf8", offsets[i], offsets[i + 1]);
  const cells = Array.from({ length: rows.count }, (_, row) =>
    rows.columns.map((_, column) => cell(row * length + column)),
  );
  return { columns: rows.columns, cells };
}

describe("CSV", () => {
  it.each([
    ["line feeds", "name,id\nJo,1\nÄnn,2\n"],
    ["CR LF", "name,id\r\nJo,1\r\nÄnn,2\r\n"],
    ["no line end after the last row", "name,id\nJo,1\nÄnn,2"],
    ["a byte order mark", "\uFEFFname,id\nJo,1\nÄnn,2\n"],
    ["quotation marks", '"name","id"\r\n"Jo","1"\r\n"Änn","2"'],
    ["spaces around the names, and empty lines", " name , id\n\nJo,1\n\nÄnn,2\n\n"],
  ])("with %s", (_, text) => {
    expect(read(fileOf(text))).toEqual({
      columns: ["name", "id"],
      cells: [
        ["Jo", "1"],
        ["Änn", "2"],
      ],
    });
  });

  it("with quoted delimiters, line ends and quotation marks", () => {
    const { cells } = read(fileOf('a,b\r\n"1,2","x\r\ny"\r\n"""q""",5" pipe\r\n,""\r\n'));
    expect(cells).toEqual([
      ["1,2", "x\r\ny"],
      ['"q"', '5" pipe'],
      ["", ""],
    ]);
  });

  it("with another delimiter, with tabs, and without names", () => {
    const expected = { columns: ["a", "b"], cells: [["1,5", "2"]] };
    expect(read(fileOf("a;b\n1,5;2\n", "csv", { delimiter: ";" }))).toEqual(expected);
    expect(read(fileOf("a\tb\n1,5\t2\n", "tsv"))).toEqual(expected);
    expect(read(fileOf('"1,5",2\n', "csv", { header: ["a", "b"] }))).toEqual(expected);
  });

  it("keeps the columns that are wanted, in that order", () => {
    const file = fileOf("a,b,c\n1,2,3\n4,5,6\n");
    expect(read(file, ["c", "a"])).toEqual({
      columns: ["c", "a"],
      cells: [
        ["3", "1"],
        ["6", "4"],
      ],
    });
  });

  it("comes back as it was written, in blocks of any content", () => {
    const cell = fc.oneof(
      fc.string({
        unit: fc.constantFrom("a", "é", ",", '"', "\n", "\r\n", " ", "😀"),
        maxLength: 8,
      }),
      fc.string({ maxLength: 300 }).filter((text) => !/\r(?!\n)/.test(text)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        (cells, newline, quotes) => {
          const rows = [["first", "second"], ...cells];
          const text = Papa.unparse(rows, { newline, quotes });
          const bom = quotes ? "\uFEFF" : "";
          expect(read(fileOf(`${bom}${text}${newline}`)).cells).toEqual(cells);
        },
      ),
    );
  });

  it("reads a file of many blocks as one", () => {
    const row = (n: number) => [`${n}`, `a "${"x".repeat(n % 97)}",\n${n}`];
    const cells = Array.from({ length: 20_000 }, (_, n) => row(n));
    const text = Papa.unparse([["n", "text"], ...cells], { newline: "\n" });
    expect(text.length).toBeGreaterThan(1_200_000);
    expect(JSON.stringify(read(fileOf(text)).cells)).toBe(JSON.stringify(cells));
  });
});

describe("JSON Lines", () => {
  it("are objects, whose keys are columns", () => {
    const text =
      '{"name":"Jo\\n","n":1,"x":null}\r\n\n{"x":{"a":[1]},"n":-2.5,"name":true,"more":1}';
    expect(read(fileOf(text, "jsonl"))).toEqual({
      columns: ["name", "n", "x"],
      cells: [
        ["Jo\n", "1", ""],
        ["true", "-2.5", '{"a":[1]}'],
      ],
    });
    expect(read(fileOf(text, "jsonl"), ["n"]).cells).toEqual([["1"], ["-2.5"]]);
  });
});

describe("lines", () => {
  it("are rows, whatever they hold", () => {
    const { columns, cells } = read(fileOf('one\r\n\n"two", 2\n\uFEFFthree', "lines"));
    expect(columns).toEqual(["line"]);
    expect(cells).toEqual([["one"], ['"two", 2'], ["\uFEFFthree"]]);
  });

  it("need not be text", () => {
    const { rows } = loadRows(
      fileOf(Buffer.from("ff00e9\n".replace("\n", "0a"), "hex"), "lines"),
      null,
    );
    expect(Buffer.from(rows.bytes).toString("hex", 0, 4)).toBe("ff00e900");
  });
});

it("says what was read, and reads the same in pieces", async () => {
  const file = fileOf("a\n1\n2\n");
  const whole = loadRows(file, null);
  const inPieces = await loadRowsInPieces(file, null);
  expect(whole.sha256).toMatch(/^[\da-f]{64}$/);
  expect(inPieces.sha256).toBe(whole.sha256);
  expect(Buffer.from(inPieces.rows.bytes)).toEqual(Buffer.from(whole.rows.bytes));
});

describe("problems", () => {
  it.each<[string, string | Buffer, string, DataFormat?]>([
    ["an empty file", "", "this is empty: the first line names the columns"],
    ["no rows", "a,b\n\n", "this is empty: it has names of columns, and no row"],
    [
      "an empty file of lines",
      "\n\n",
      "this is empty: each line that is not empty is a row",
      "lines",
    ],
    ["an empty file of JSON", "", "this is empty: each line is a JSON object", "jsonl"],
    [
      "a row that is too short",
      "a,b\n1,2\n3\n",
      "line 3: 1 cell, where the first line names 2 columns",
    ],
    ["a row that is too long", 'a,b\n"x\ny",2\n3,4,5\n', "line 4: 3 cells, where the first"],
    [
      "a column without a name",
      "a,,c\n1,2,3\n",
      "line 1 names the columns, and the name of column 2 is empty",
    ],
    [
      "two columns with a name",
      "5,7,5\n1,2,3\n",
      'line 1 names the columns, and "5" is there twice; is it a row',
    ],
    ["an open quotation mark", 'a,b\n1,2\n"3,4\n5,6\n', "line 3: a quotation mark without its end"],
    [
      "a single quotation mark",
      'a,b\n1,2\n"3"x,4\n5,6\n',
      "line 3: a quotation mark within a quoted cell",
    ],
    [
      "mixed line ends",
      "a,b\n1,2\r\n",
      "line 2: this line ends with CR LF, the first one with LF alone",
    ],
    [
      "what is not UTF-8",
      Buffer.from("a,b\n1,2\nJ\xf6,3\n", "latin1"),
      "line 3: this is not UTF-8 text",
    ],
    ["what is not JSON", '{"a":1}\n{"a":\n', "line 2: this is not JSON", "jsonl"],
    ["JSON that is not an object", "[1]\n", "line 1: each line is a JSON object", "jsonl"],
    ["a key that is missing", '{"a":1}\n\n{"b":1}\n', 'line 3: there is no "a"', "jsonl"],
    [
      "a number that is too large",
      '{"a":12345678901234567890}',
      'line 1: "a" is a number over 2^53',
      "jsonl",
    ],
  ])("%s", (_, content, message, format = "csv") => {
    const file = fileOf(content, format);
    expect(() => loadRows(file, null)).toThrow(UserError);
    expect(() => loadRows(file, null)).toThrow(message);
  });

  it("a quoted cell that does not end", () => {
    const open = `a,b\n"1,${"x,y\n".repeat(6 * 1024 * 1024)}`;
    expect(() => loadRows(fileOf(open), null)).toThrow(
      "line 2: a row longer than 16.0 MiB; is there a quotation mark without its end?",
    );
  });

  it("a column that the file does not have", () => {
    expect(() => loadRows(fileOf("name,id\n1,2\n"), ["nam"])).toThrow(
      'line 1: there is no column "nam"; did you mean "name"?',
    );
  });

  it("a file that is missing, or is a folder", () => {
    const file = fileOf("a\n1\n");
    expect(() => loadRows({ ...file, file: join(folder, "no.csv") }, null)).toThrow(
      "there is no such file",
    );
    expect(() => loadRows({ ...file, file: folder }, null)).toThrow("this is a directory");
  });
});
