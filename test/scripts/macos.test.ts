import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FakeMac } from "./fake-mac.ts";
import { testShellcheck } from "./shellcheck.ts";

const folder = fileURLToPath(new URL("../../scripts/macos", import.meta.url));
const scripts = ["up", "down", "status"] as const;

function range(third: number, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, n) => `127.1.${third}.${from + n}`);
}

describe("up", () => {
  test("gives lo0 single addresses, ranges and CIDRs, each once, with one sudo", () => {
    const mac = new FakeMac();
    mac.addresses = ["127.0.0.1", "127.1.0.2"];
    const answer = mac.run("up", ["127.1.0.1-127.1.0.3", "127.1.0.3", "127.1.1.0/30", "127.0.0.1"]);
    expect(answer).toEqual({
      status: 0,
      stdout: "",
      stderr: "lo0-alias-up.sh: added 6, 2 were there already\n",
    });
    expect(mac.calls).toEqual([
      "ifconfig lo0",
      "sudo",
      "ifconfig lo0 alias 127.1.0.1 up",
      "ifconfig lo0 alias 127.1.0.3 up",
      "ifconfig lo0 alias 127.1.1.0 up",
      "ifconfig lo0 alias 127.1.1.1 up",
      "ifconfig lo0 alias 127.1.1.2 up",
      "ifconfig lo0 alias 127.1.1.3 up",
    ]);
  });

  test("does nothing the second time, without sudo", () => {
    const mac = new FakeMac();
    mac.run("up", ["127.1.0.1-127.1.0.3"]);
    const before = mac.addresses;
    mac.write("log", "");
    const answer = mac.run("up", ["127.1.0.1-127.1.0.3"]);
    expect(answer.status).toBe(0);
    expect(answer.stderr).toContain("added 0, 3 were there already");
    expect(mac.addresses).toEqual(before);
    expect(mac.calls).toEqual(["ifconfig lo0"]);
  });

  test("needs no sudo as root", () => {
    const mac = new FakeMac();
    expect(mac.run("up", ["127.1.0.1"], "root").status).toBe(0);
    expect(mac.calls).toEqual(["ifconfig lo0", "ifconfig lo0 alias 127.1.0.1 up"]);
  });

  test("prints the commands and changes nothing with --dry-run", () => {
    const mac = new FakeMac();
    const answer = mac.run("up", ["--dry-run", "127.1.0.1-127.1.0.2", "127.0.0.1"]);
    expect(answer).toEqual({
      status: 0,
      stdout: "sudo ifconfig lo0 alias 127.1.0.1 up\nsudo ifconfig lo0 alias 127.1.0.2 up\n",
      stderr: "lo0-alias-up.sh: would add 2, 1 were there already\n",
    });
    expect(mac.calls).toEqual(["ifconfig lo0"]);
    expect(mac.run("up", ["--dry-run", "127.1.0.9"], "root").stdout).toBe(
      "ifconfig lo0 alias 127.1.0.9 up\n",
    );
  });

  test("queries lo0 once for 10,000 addresses", () => {
    const mac = new FakeMac();
    const answer = mac.run("up", ["--dry-run", "127.1.0.0-127.1.39.15"]);
    const commands = answer.stdout.trimEnd().split("\n");
    expect(commands).toHaveLength(10_000);
    expect(new Set(commands).size).toBe(10_000);
    expect(commands.at(-1)).toBe("sudo ifconfig lo0 alias 127.1.39.15 up");
    expect(mac.calls).toEqual(["ifconfig lo0"]);
  });

  test("shows its progress in a large range", () => {
    const mac = new FakeMac();
    const answer = mac.run("up", ["127.1.0.0/23", "127.1.2.0"]);
    expect(answer.stderr.split("\n")).toEqual([
      "lo0-alias-up.sh: 256 of 513",
      "lo0-alias-up.sh: 512 of 513",
      "lo0-alias-up.sh: added 513, 0 were there already",
      "",
    ]);
    expect(mac.addresses).toHaveLength(514);
  });

  test("does the rest when an address fails, says which, and fails", () => {
    const mac = new FakeMac();
    mac.refuse("127.1.0.2");
    const answer = mac.run("up", ["127.1.0.1-127.1.0.3"]);
    expect(answer.status).toBe(1);
    expect(answer.stderr).toBe(
      "lo0-alias-up.sh: 127.1.0.2 failed: ifconfig: ioctl (SIOCAIFADDR): refused\n" +
        "lo0-alias-up.sh: 1 of 3 failed\n",
    );
    expect(mac.addresses).toEqual(["127.0.0.1", "127.1.0.1", "127.1.0.3"]);
  });

  test("reports that there is no lo0", () => {
    const mac = new FakeMac();
    mac.sh(["-c", 'rm "$FAKE/addresses"']);
    const answer = mac.run("up", ["127.1.0.1"]);
    expect(answer.status).toBe(1);
    expect(answer.stderr).toContain("ifconfig cannot read lo0");
    expect(answer.stderr).toContain("Linux");
  });
});

describe("down", () => {
  test("removes what is there, and never 127.0.0.1", () => {
    const mac = new FakeMac();
    mac.addresses = ["127.0.0.1", "127.1.0.1", "127.1.0.9", "127.2.0.1"];
    const answer = mac.run("down", ["127.0.0.0/15"]);
    expect(answer).toEqual({ status: 0, stdout: "", stderr: "lo0-alias-down.sh: removed 2\n" });
    expect(mac.addresses).toEqual(["127.0.0.1", "127.2.0.1"]);
    expect(mac.run("down", ["127.0.0.1"]).stderr).toBe("lo0-alias-down.sh: removed 0\n");
    expect(mac.addresses).toEqual(["127.0.0.1", "127.2.0.1"]);
  });

  test("clears all of 127.0.0.0/8 as fast as a single address", () => {
    const mac = new FakeMac();
    mac.addresses = ["127.0.0.1", ...range(0, 1, 3), "127.255.255.254"];
    mac.run("down", ["127.0.0.0/8"]);
    expect(mac.addresses).toEqual(["127.0.0.1"]);
    expect(mac.calls.filter((call) => call === "sudo")).toHaveLength(1);
  });

  test("prints the commands and changes nothing with --dry-run", () => {
    const mac = new FakeMac();
    mac.addresses = ["127.0.0.1", "127.1.0.1"];
    const answer = mac.run("down", ["--dry-run", "127.1.0.0/24"]);
    expect(answer.stdout).toBe("sudo ifconfig lo0 -alias 127.1.0.1\n");
    expect(answer.stderr).toBe("lo0-alias-down.sh: would remove 1\n");
    expect(mac.addresses).toEqual(["127.0.0.1", "127.1.0.1"]);
  });

  test("does the rest when an address fails, says which, and fails", () => {
    const mac = new FakeMac();
    mac.addresses = ["127.0.0.1", ...range(0, 1, 3)];
    mac.refuse("127.1.0.1");
    const answer = mac.run("down", ["127.1.0.0/24"]);
    expect(answer.status).toBe(1);
    expect(answer.stderr).toContain("127.1.0.1 failed: ifconfig: ioctl (SIOCDIFADDR): refused");
    expect(mac.addresses).toEqual(["127.0.0.1", "127.1.0.1"]);
  });
});

describe("status", () => {
  test("lists what is there and what is missing, adjacent ones as ranges", () => {
    const mac = new FakeMac();
    mac.addresses = ["127.0.0.1", ...range(0, 2, 4), "127.1.0.9"];
    expect(mac.run("status", ["127.1.0.1-127.1.0.5", "127.0.0.1", "127.1.0.9"])).toEqual({
      status: 1,
      stdout:
        "there    127.0.0.1\n" +
        "missing  127.1.0.1\n" +
        "there    127.1.0.2-127.1.0.4\n" +
        "missing  127.1.0.5\n" +
        "there    127.1.0.9\n" +
        "5 of 7 there, 2 missing\n",
      stderr: "",
    });
    expect(mac.calls).toEqual(["ifconfig lo0"]);
  });

  test("succeeds when all are there", () => {
    const mac = new FakeMac();
    mac.run("up", ["127.1.0.1-127.1.0.3"]);
    expect(mac.run("status", ["127.1.0.1-127.1.0.3"])).toEqual({
      status: 0,
      stdout: "there    127.1.0.1-127.1.0.3\n3 of 3 there, 0 missing\n",
      stderr: "",
    });
  });
});

describe("--scenario", () => {
  test.each(scripts)("%s takes the addresses from slash8 plan", (name) => {
    const mac = new FakeMac();
    const scenario = mac.write("my scenario.yaml", "127.0.0.1\n127.1.0.1-127.1.0.3\n127.1.0.9\n");
    mac.addresses = name === "up" ? ["127.0.0.1"] : ["127.0.0.1", ...range(0, 1, 3), "127.1.0.9"];
    expect(mac.run(name, ["--scenario", scenario]).status).toBe(0);
    expect(mac.calls[0]).toBe(`slash8 plan --aliases ${scenario}`);
    expect(mac.addresses).toEqual(
      name === "down" ? ["127.0.0.1"] : ["127.0.0.1", ...range(0, 1, 3), "127.1.0.9"],
    );
  });

  test("accepts a scenario that needs no alias", () => {
    const mac = new FakeMac();
    const answer = mac.run("up", ["--scenario", mac.write("none.yaml", "")]);
    expect(answer.status).toBe(0);
    expect(answer.stderr).toContain("added 0, 0 were there already");
  });

  test.each(scripts)("%s exits 2 when slash8 plan fails", (name) => {
    const mac = new FakeMac();
    const answer = mac.run(name, ["--scenario", "gone.yaml"]);
    expect(answer.status).toBe(2);
    expect(answer.stderr).toContain("slash8 plan --aliases gone.yaml failed");
  });
});

describe("--launchd", () => {
  const plist = "LaunchDaemons/slash8.lo0-alias.plist";
  const job = (mac: FakeMac, ...args: string[]) => [
    "--launchd",
    "--launchd-dir",
    mac.daemons,
    ...args,
  ];

  /** The program that launchd would run: the strings of ProgramArguments. */
  function program(mac: FakeMac): string[] {
    const text = mac.read(plist).split("<key>ProgramArguments</key>")[1] ?? "";
    return [...text.matchAll(/<string>([^<]*)<\/string>/g)].map((match) => match[1] as string);
  }

  test("installs a job that adds exactly the requested addresses", () => {
    const mac = new FakeMac();
    const answer = mac.run("up", job(mac, "127.0.0.1-127.0.0.3", "127.1.0.254-127.1.1.1"));
    expect(answer.status).toBe(0);
    expect(mac.read("loaded").trim()).toBe(`${mac.daemons}/slash8.lo0-alias.plist`);
    expect(mac.calls.filter((call) => call === "sudo")).toHaveLength(1);
    const before = mac.addresses;
    mac.addresses = ["127.0.0.1"];
    const [sh, ...rest] = program(mac);
    expect(sh).toBe("/bin/sh");
    expect(mac.sh(rest, "root").status).toBe(0);
    expect(mac.addresses).toEqual(before);
    expect(mac.read(plist)).toContain("<key>RunAtLoad</key>\n<true/>");
  });

  test("replaces the previous job", () => {
    const mac = new FakeMac();
    mac.run("up", job(mac, "127.1.0.1"));
    expect(mac.run("up", job(mac, "127.2.0.1")).status).toBe(0);
    expect(program(mac).slice(4)).toEqual(["2130837505-2130837505"]);
    expect(mac.has("loaded")).toBe(true);
  });

  test("is removed by down, with or without addresses", () => {
    const mac = new FakeMac();
    for (const addresses of [["127.1.0.1"], []]) {
      mac.run("up", job(mac, "127.1.0.1"));
      expect(mac.run("down", job(mac, ...addresses)).status).toBe(0);
      expect(mac.has(plist)).toBe(false);
      expect(mac.has("loaded")).toBe(false);
      expect(mac.addresses.includes("127.1.0.1")).toBe(addresses.length === 0);
    }
    expect(mac.run("down", job(mac)).status).toBe(0);
  });

  test("is only shown with --dry-run, as commands that can be run", () => {
    const mac = new FakeMac();
    const shown = mac.run("up", job(mac, "127.1.0.1", "--dry-run"));
    expect(shown.status).toBe(0);
    expect(mac.has(plist)).toBe(false);
    expect(mac.has("loaded")).toBe(false);
    expect(mac.sh(["-c", shown.stdout]).status).toBe(0);
    expect(mac.addresses).toContain("127.1.0.1");
    expect(program(mac).slice(4)).toEqual(["2130771969-2130771969"]);
    expect(mac.has("loaded")).toBe(true);
    expect(mac.sh(["-c", mac.run("down", job(mac, "--dry-run")).stdout]).status).toBe(0);
    expect(mac.has(plist)).toBe(false);
    expect(mac.has("loaded")).toBe(false);
  });

  test("fails when launchctl does", () => {
    const mac = new FakeMac();
    mac.write("no-jobs", "");
    const answer = mac.run("up", job(mac, "127.1.0.1"));
    expect(answer.status).toBe(1);
    expect(answer.stderr).toContain("launchctl did not accept the job");
    expect(mac.addresses).toContain("127.1.0.1");
  });
});

describe("arguments", () => {
  test.each(scripts)("%s exits 2 on wrong ones, reports them all, and changes nothing", (name) => {
    const mac = new FakeMac();
    const wrong = [
      ["128.0.0.1", "is outside 127.0.0.0/8"],
      ["126.255.255.255-127.0.0.1", "is outside 127.0.0.0/8"],
      ["0.0.0.0/0", "is outside 127.0.0.0/8"],
      ["127.0.0.256", "is not an address"],
      ["127.0.0.01", "is not an address"],
      ["127.1", "is not an address"],
      ["::1", "is not an address"],
      ["127.0.0.1-127.0.0.2-127.0.0.3", "is not an address"],
      ["127.0.0.1-", "is not an address"],
      ["127.0.0.9-127.0.0.1", "ends before it starts"],
      ["127.0.0.0/33", "is not a CIDR"],
      ["127.0.0.0/", "is not a CIDR"],
      ["127.1.0.5/24", "is 127.1.0.0/24 meant?"],
      ["127.0.0.0", "is a broadcast address"],
      ["127.255.255.255/32", "is a broadcast address"],
      ["127.0.0.1;reboot", "is not an address"],
    ] as const;
    const answer = mac.run(name, ["127.1.0.1", ...wrong.map(([text]) => text)]);
    expect(answer.status).toBe(2);
    expect(answer.stdout).toBe("");
    const complaints = answer.stderr.trimEnd().split("\n");
    expect(complaints).toHaveLength(wrong.length);
    wrong.forEach(([text, why], at) => {
      expect(complaints[at]).toContain(`lo0-alias-${name}.sh: "${text}" `);
      expect(complaints[at]).toContain(why);
    });
    expect(mac.calls).toEqual([]);
  });

  test.each([
    [[], "no address given"],
    [["--force", "127.1.0.1"], "unknown option --force"],
    [["--scenario"], "--scenario needs a file"],
  ])("%j: exit 2", (args, message) => {
    for (const name of scripts) {
      const mac = new FakeMac();
      const answer = mac.run(name, args);
      expect(answer.status).toBe(2);
      expect(answer.stderr).toContain(message);
      expect(mac.calls).toEqual([]);
    }
  });

  test("status changes nothing, so it accepts neither --dry-run nor --launchd", () => {
    const mac = new FakeMac();
    expect(mac.run("status", ["--dry-run", "127.1.0.1"]).status).toBe(2);
    expect(mac.run("status", ["--launchd", "127.1.0.1"]).status).toBe(2);
  });

  test("--launchd-dir must be a folder", () => {
    const mac = new FakeMac();
    expect(mac.run("up", ["127.1.0.1", "--launchd-dir", "/gone"]).stderr).toContain(
      "no such folder",
    );
    expect(mac.run("up", ["127.1.0.1", "--launchd-dir"]).stderr).toContain("needs a folder");
  });

  test("more than 65,536 addresses are refused", () => {
    const mac = new FakeMac();
    const answer = mac.run("up", ["127.1.0.0/16", "127.2.0.0"]);
    expect(answer.status).toBe(2);
    expect(answer.stderr).toContain("65537 addresses are more than the 65536");
    expect(mac.run("status", ["127.0.0.0/8"]).status).toBe(2);
    expect(mac.calls).toEqual([]);
  });

  test.each(scripts)("%s --help shows usage, options, examples and exit statuses", (name) => {
    const mac = new FakeMac();
    const answer = mac.run(name, ["--help"]);
    expect(answer.status).toBe(0);
    for (const part of ["Usage: ", "--scenario FILE", "Examples:", "Exit status:"])
      expect(answer.stdout).toContain(part);
    expect(mac.calls).toEqual([]);
  });
});

describe("the files", () => {
  testShellcheck(folder, 4);

  test.each(scripts)("lo0-alias-%s.sh can be run", (name) => {
    expect(statSync(`${folder}/lo0-alias-${name}.sh`).mode & 0o111).toBe(0o111);
  });
});
