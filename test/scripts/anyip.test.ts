/** scripts/linux, with fakes of ip and sysctl; test/e2e/anyip.test.ts uses the real ones. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { makeTempDir } from "../support/temp-dir.ts";
import { testShellcheck } from "./shellcheck.ts";

const folder = fileURLToPath(new URL("../../scripts/linux", import.meta.url));

/** They keep their state in files of one folder, and log the changes that are requested. */
const programs = {
  ip: `case "$*" in
"-6 route show table local dev lo type local")
  echo "local ::1 dev lo proto kernel metric 0 pref medium"
  sed "s/.*/local & dev lo metric 1024 pref medium/; s,/128,," "$FAKE/routes" ;;
"-6 route replace local "*" dev lo") echo "ip $*" >>"$FAKE/log"
  [ ! -e "$FAKE/refuse" ] || { echo "RTNETLINK answers: Operation not permitted" >&2; exit 2; }
  echo "$5" >>"$FAKE/routes" ;;
"-6 route del local "*" dev lo") echo "ip $*" >>"$FAKE/log"
  grep -vxF "$5" "$FAKE/routes" >"$FAKE/rest"; mv "$FAKE/rest" "$FAKE/routes" ;;
*) exit 1 ;;
esac`,
  sysctl: `case $1 in
-n) cat "$FAKE/bind" ;;
-w) echo "sysctl $*" >>"$FAKE/log"; echo "\${2#*=}" >"$FAKE/bind" ;;
esac`,
  sudo: `echo sudo >>"$FAKE/log"; FAKE_UID=0 exec "$@"`,
  id: `echo "\${FAKE_UID:-501}"`,
};

class FakeLinux {
  readonly folder = makeTempDir();

  constructor() {
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(this.folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    for (const file of ["log", "routes"]) this.write(file, "");
    this.write("bind", "0\n");
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  lines(file: string): string[] {
    return readFileSync(join(this.folder, file), "utf8").split("\n").filter(Boolean);
  }

  get markers(): string[] {
    return readdirSync(this.folder).filter((name) => name.startsWith("slash8-anyip."));
  }

  run(name: "up" | "down" | "status", args: readonly string[] = [], uid = "0") {
    const { status, stdout, stderr } = spawnSync(
      "sh",
      [join(folder, `anyip-${name}.sh`), ...args],
      {
        encoding: "utf8",
        env: {
          PATH: `${this.folder}:${process.env.PATH}`,
          FAKE: this.folder,
          FAKE_UID: uid,
          ANYIP_RUN: this.folder,
        },
      },
    );
    return { status, stdout, stderr };
  }
}

test("up routes the prefix and allows binding it; a second time it does nothing", () => {
  const linux = new FakeLinux();
  expect(linux.run("status").status).toBe(1);
  expect(linux.run("up")).toEqual({ status: 0, stdout: "", stderr: "anyip-up.sh: added 1\n" });
  expect(linux.lines("log")).toEqual([
    "ip -6 route replace local fd00:127::/64 dev lo",
    "sysctl -w net.ipv6.ip_nonlocal_bind=1",
  ]);
  expect(linux.run("status")).toEqual({
    status: 0,
    stdout: "there    fd00:127::/64\n",
    stderr: "",
  });
  linux.write("log", "");
  expect(linux.run("up").stderr).toContain("added 0");
  expect(linux.lines("log")).toEqual([]);
});

test("down removes what up added, all of it or one prefix", () => {
  const linux = new FakeLinux();
  linux.run("up", ["fd00:127::/64", "fd00:127::5/128", "fd00:127:0:2::/64"]);
  expect(linux.markers).toHaveLength(1);
  expect(linux.run("down", ["fd00:127::5/128"]).stderr).toContain("removed 1");
  expect(linux.lines("routes")).toEqual(["fd00:127::/64", "fd00:127:0:2::/64"]);
  expect(linux.lines("bind")).toEqual(["1"]);
  expect(linux.run("down").stderr).toContain("removed 2");
  expect(linux.lines("routes")).toEqual([]);
  expect(linux.lines("bind")).toEqual(["0"]);
  expect(linux.markers).toEqual([]);
});

test("what another program has set stays", () => {
  const linux = new FakeLinux();
  linux.write("bind", "1\n");
  linux.run("up");
  expect(linux.markers).toEqual([]);
  linux.run("down");
  expect(linux.lines("bind")).toEqual(["1"]);
});

test("sudo is used when not root, and --dry-run changes nothing", () => {
  const linux = new FakeLinux();
  expect(linux.run("up", ["--dry-run"], "501").stdout.split("\n").slice(0, 2)).toEqual([
    "sudo ip -6 route replace local fd00:127::/64 dev lo",
    "sudo sysctl -w net.ipv6.ip_nonlocal_bind=1",
  ]);
  expect(linux.lines("log")).toEqual([]);
  expect(linux.run("up", [], "501").status).toBe(0);
  expect(linux.lines("log").filter((line) => line === "sudo")).toHaveLength(3);
  expect(linux.run("down", ["--dry-run"]).stdout).toContain("ip -6 route del local fd00:127::/64");
  expect(linux.lines("routes")).toEqual(["fd00:127::/64"]);
});

test("a route that cannot be added ends with 1", () => {
  const linux = new FakeLinux();
  linux.write("refuse", "");
  const answer = linux.run("up");
  expect(answer.status).toBe(1);
  expect(answer.stderr).toContain("fd00:127::/64 failed");
});

test("status lists what is missing and what else is there", () => {
  const linux = new FakeLinux();
  linux.run("up", ["fd00:127:0:2::/64"]);
  expect(linux.run("status").stdout).toBe("missing  fd00:127::/64\nthere    fd00:127:0:2::/64\n");
  linux.write("bind", "0\n");
  expect(linux.run("status", ["fd00:127:0:2::/64"])).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("cannot be bound"),
  });
});

test.each([
  ["fe80::/64", "is not a prefix of fd00:127::/32"],
  ["fd00:128::/64", "is not a prefix of fd00:127::/32"],
  ["fd00:127::/16", "32 to 128"],
  ["fd00:127::/129", "32 to 128"],
  ["fd00:127::/x", "is a number"],
  ["fd00:127::", "is not a prefix"],
  ["fd00:127::g/64", "is not a prefix"],
  ["--all", "unknown option"],
  ["", "is not a prefix"],
])("%j is refused", (argument, message) => {
  const linux = new FakeLinux();
  const answer = linux.run("up", [argument]);
  expect(answer.status).toBe(2);
  expect(answer.stderr).toContain(message);
  expect(linux.lines("log")).toEqual([]);
});

describe("the files", () => {
  testShellcheck(folder, 4);

  test.each(["up", "down", "status"] as const)("anyip-%s.sh can be run and has a usage", (name) => {
    expect(statSync(`${folder}/anyip-${name}.sh`).mode & 0o111).toBe(0o111);
    const { status, stdout } = new FakeLinux().run(name, ["--help"]);
    expect(status).toBe(0);
    for (const part of ["Usage: ", "PREFIX", "Exit status:"]) expect(stdout).toContain(part);
  });
});
