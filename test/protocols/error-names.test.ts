import { expect, it } from "vitest";
import { ErrorNames } from "../../src/protocols/error-names.ts";

it("makes codes of names, by slot", () => {
  const errors = new ErrorNames("X", 3);
  errors.note(0, Buffer.from("say WRONG it"), 4, 9);
  errors.noteText(1, "too bad: 5!");
  expect([errors.of(0), errors.of(1)]).toEqual(["X_WRONG", "X_TOO_BAD_5"]);
  errors.noteText(0, "");
  expect([errors.of(0), errors.of(1)]).toEqual(["X_OTHER", "X_TOO_BAD_5"]);
});

it("has an end where a peer makes names up", () => {
  const errors = new ErrorNames("X", 1);
  const codes = Array.from({ length: 400 }, (_, i) => {
    errors.noteText(0, `E${i}`);
    return errors.of(0);
  });
  expect(codes.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, i) => `X_E${i}`));
  expect(new Set(codes.slice(200))).toEqual(new Set(["X_OTHER"]));
  errors.noteText(0, "E7");
  expect(errors.of(0)).toBe("X_E7");
});
