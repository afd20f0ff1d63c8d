import { expect, it } from "vitest";
import { parseDocument } from "yaml";
import { plainScalar } from "../../../src/scenario/source/plain-scalar.ts";

it.each([
  "",
  "~",
  "null",
  "true",
  "False",
  "0",
  "-12",
  "+5",
  "1.50",
  ".5",
  "5.",
  "1e3",
  "-1.5E-3",
  "0x1F",
  "0o17",
  ".inf",
  "-.Inf",
  ".nan",
  "yes",
  "on",
  "12:30",
  "1_000",
  "0b1",
  "1.2.3",
  "5ms",
  "NULL",
  "nUll",
  "tRue",
])("reads %j as the YAML library does", (text) => {
  expect(plainScalar(text)).toEqual(parseDocument(`v: ${text}`).toJS().v);
});

it.each(["0777", "007", "-01", "00"])("leaves %s a text, as its zeros are ambiguous", (text) => {
  expect(plainScalar(text)).toBe(text);
});
