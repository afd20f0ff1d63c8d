import { expect, test } from "vitest";
import { wantsUnicode } from "../../src/cli/unicode.ts";

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
