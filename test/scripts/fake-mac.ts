/**
 * A fake of the parts of macOS that scripts/macos uses: `ifconfig`, `sudo`, `id`,
 * `launchctl` and `slash8` as programs on PATH that keep their state in files of one folder.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeTempDir } from "../support/temp-dir.ts";

const scripts = fileURLToPath(new URL("../../scripts/macos", import.meta.url));

/** As on macOS, `ifconfig` accepts one alias at a time and reports an error for missing ones. */
const programs = {
  ifconfig: `echo "ifconfig $*" >>"$FAKE/log"
[ "$1" = lo0 ] && [ -e "$FAKE/addresses" ] || { echo "ifconfig: interface $1 does not exist" >&2; exit 1; }
case $2 in
"") echo "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384"
  echo "	options=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>"
  sed "s/.*/	inet & netmask 0xff000000/" "$FAKE/addresses"
  echo "	inet6 ::1 prefixlen 128" ;;
alias) [ "$4" = up ] || exit 1
  if grep -qxF "$3" "$FAKE/refused"; then echo "ifconfig: ioctl (SIOCAIFADDR): refused" >&2; exit 1; fi
  echo "$3" >>"$FAKE/addresses" ;;
-alias) grep -qxF "$3" "$FAKE/addresses" || { echo "ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address" >&2; exit 1; }
  if grep -qxF "$3" "$FAKE/refused"; then echo "ifconfig: ioctl (SIOCDIFADDR): refused" >&2; exit 1; fi
  grep -vxF "$3" "$FAKE/addresses" >"$FAKE/rest"; mv "$FAKE/rest" "$FAKE/addresses" ;;
*) exit 1 ;;
esac`,
  sudo: `echo "sudo" >>"$FAKE/log"; FAKE_UID=0 exec "$@"`,
  id: `[ "$*" = -u ] && echo "\${FAKE_UID:-501}"`,
  launchctl: `echo "launchctl $*" >>"$FAKE/log"
[ "$FAKE_UID" = 0 ] || { [ "$1" = print ] || exit 1; }
case $1 in
print) [ -e "$FAKE/loaded" ] ;;
bootout) rm "$FAKE/loaded" ;;
bootstrap) [ ! -e "$FAKE/loaded" ] && [ ! -e "$FAKE/no-jobs" ] && echo "$3" >"$FAKE/loaded" ;;
esac`,
  slash8: `echo "slash8 $*" >>"$FAKE/log"; [ "$1 $2" = "plan --aliases" ] && cat "$3"`,
};

export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class FakeMac {
  readonly folder = makeTempDir();
  /** Where --launchd-dir may point. */
  readonly daemons = join(this.folder, "LaunchDaemons");

  constructor() {
    mkdirSync(this.daemons);
    for (const [name, text] of Object.entries(programs))
      writeFileSync(join(this.folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    for (const file of ["log", "refused"]) this.write(file, "");
    this.write("addresses", "127.0.0.1\n");
  }

  write(file: string, text: string): string {
    writeFileSync(join(this.folder, file), text);
    return join(this.folder, file);
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file));
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** What lo0 has now. */
  get addresses(): string[] {
    return lines(this.read("addresses"));
  }

  set addresses(addresses: readonly string[]) {
    this.write("addresses", addresses.map((address) => `${address}\n`).join(""));
  }

  /** Addresses that ifconfig neither adds nor removes. */
  refuse(...addresses: string[]): void {
    appendFileSync(join(this.folder, "refused"), `${addresses.join("\n")}\n`);
  }

  /** The calls so far, one per line: the program and its arguments ("sudo" alone for sudo). */
  get calls(): string[] {
    return lines(this.read("log"));
  }

  /** Runs lo0-alias-<name>.sh as user 501, or as root. */
  run(
    name: "up" | "down" | "status",
    args: readonly string[],
    as: "user" | "root" = "user",
  ): Answer {
    return this.sh([join(scripts, `lo0-alias-${name}.sh`), ...args], as);
  }

  /** Runs sh with these arguments on this machine. */
  sh(args: readonly string[], as: "user" | "root" = "user"): Answer {
    const { status, stdout, stderr } = spawnSync("sh", args, {
      encoding: "utf8",
      env: {
        PATH: `${this.folder}:${process.env.PATH}`,
        FAKE: this.folder,
        FAKE_UID: as === "root" ? "0" : "501",
      },
    });
    return { status, stdout, stderr };
  }
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
