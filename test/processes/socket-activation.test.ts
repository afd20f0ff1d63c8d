import { expect, test } from "vitest";
import { activated } from "../../src/processes/socket-activation.ts";

test("without sockets a program is started unchanged", () => {
  expect(activated(["./server", "-p", "1"], 0, "echo")).toEqual({
    argv: ["./server", "-p", "1"],
    env: {},
  });
});

test("with sockets it has the variables that systemd sets, and its arguments unchanged", () => {
  const { argv, env } = activated(["./server", "a b", "$x"], 2, "echo");
  expect(argv.slice(-3)).toEqual(["./server", "a b", "$x"]);
  expect(argv[0]).toBe("/bin/sh");
  expect(env).toEqual({ LISTEN_FDS: "2", LISTEN_FDNAMES: "echo:echo" });
});
