import { expect, test } from "vitest";
import { wantsColor, wantsUnicode } from "../../../src/cli/terminal/colors.ts";

test.each([
  [{}, true, true],
  [{}, false, false],
  [{}, undefined, false],
  [{ CI: "true" }, undefined, false],
  [{ TERM: "dumb" }, true, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ FORCE_COLOR: "false" }, true, false],
  [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
])("%j on a terminal %s: %s", (env, isTerminal, wanted) => {
  expect(wantsColor(env, isTerminal)).toBe(wanted);
});

test.each([
  [{}, true],
  [{ LANG: "en_GB.UTF-8" }, true],
  [{ LANG: "C.utf8" }, true],
  [{ LANG: "de_DE.ISO-8859-1" }, false],
  [{ LANG: "C" }, false],
  [{ LC_ALL: "POSIX", LANG: "en_GB.UTF-8" }, false],
  [{ LC_ALL: "", LC_CTYPE: "en_GB.UTF-8", LANG: "C" }, true],
  [{ LANG: "en_GB.UTF-8", TERM: "linux" }, false],
  [{ LANG: "en_GB.UTF-8", TERM: "dumb" }, false],
  [{ LANG: "en_GB.UTF-8", TERM: "xterm-256color" }, true],
])("%j", (env, wanted) => {
  expect(wantsUnicode(env)).toBe(wanted);
});
