import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { protocolNames } from "../src/address/protocol.ts";
import { ioKinds } from "../src/base/io-kind.ts";
import { patternNames } from "../src/scenario/patterns.ts";
import { readSources } from "./support/structure/floors.ts";
import { importsOf } from "./support/structure/imports.ts";
import { filesNaming, type Kind, namesIn } from "./support/structure/seams.ts";

// One is generated from the schema, whose names come from the records.
const sources = new Map(
  [...readSources(fileURLToPath(new URL("../src", import.meta.url)))].filter(
    ([file]) => file !== "scenario/input.ts",
  ),
);

const kinds = {
  pattern: {
    names: patternNames,
    // A message from a client is called a request in protocols, too.
    own: ["scenario/patterns.ts", "traffic/", "protocols/"],
    record: "patterns",
  },
  protocol: {
    names: protocolNames,
    own: ["address/protocol.ts", "io/", "protocols/"],
    record: "protocols",
  },
  io: { names: ioKinds, own: ["base/io-kind.ts", "io/"], record: "backends" },
} as const satisfies Record<string, Kind>;

/**
 * How many files name each thing outside of its own place, where its facts could be asked. A number that rises says that
 * somebody compares names again: ask the record, or add a fact to it. One that falls is to be lowered here.
 */
const mostFiles: Readonly<Record<keyof typeof kinds, Readonly<Record<string, number>>>> = {
  pattern: {
    // The first scenario that init writes is of this pattern, or of stream.
    request: 1,
    hold: 0,
    churn: 0,
    // Also: what has the same name, the kernel's SOCK_STREAM.
    stream: 2,
    // Also: its SO_BROADCAST, a delivery that a broadcast can have, a broadcast's part of a scenario, a title.
    broadcast: 7,
    subscribe: 0,
    // What its metrics are for, in gates; also: TLS has sessions.
    session: 2,
  },
  // Who opens sockets of one protocol says which; what each built-in server speaks stands in a table; and init has a flag.
  protocol: { tcp: 3, udp: 6 },
  // "node" is also the version of Node among the facts of a host, "uring" a section of debug lines.
  io: { node: 1, uring: 1 },
};

const naming = filesNaming(sources, Object.values(kinds));
const rows = Object.entries(kinds).flatMap(([kind, of], index) => {
  const most = mostFiles[kind as keyof typeof kinds];
  expect(Object.keys(most)).toEqual([...of.names]);
  return [...(naming[index] as ReadonlyMap<string, readonly string[]>)].map(
    ([name, files]) => [kind, name, most[name] as number, files] as const,
  );
});

test.each(rows)("%s %s is named in %i files outside of its own place", (_, name, most, files) => {
  const named = `${files.length} files name "${name}": ${files.join(", ")}`;
  expect(files.length, `${named}. Ask its facts instead, or add one`).toBeLessThanOrEqual(most);
  expect(files.length, `${named}. Lower its number in this test`).toBe(most);
});

/** Imports of the report's files, the page's script apart, that leave their room: by the room that they go to. */
const reportImports = { address: 4, base: 3, metrics: 3, results: 8 };

test("the report goes back to other rooms so many times", () => {
  const counts: Record<string, number> = {};
  for (const [file, text] of sources) {
    if (!/^report\/[^/]+$/.test(file)) continue;
    for (const { specifier } of importsOf(text)) {
      const room = /^\.\.\/([^/]+)\//.exec(specifier)?.[1];
      if (room !== undefined) counts[room] = (counts[room] ?? 0) + 1;
    }
  }
  expect(counts, "hand on what build-model.ts and report-run.ts have read").toEqual(reportImports);
});

test("one file asks where it is, as others may be in a bundle", () => {
  const asking = [...sources].filter(
    ([file, text]) =>
      !file.startsWith("report/page/") && /^(?! *(\*|\/\/)).*import\.meta/m.test(text),
  );
  expect(asking.map(([file]) => file)).toEqual(["base/package-file.ts"]);
});

describe("the check", () => {
  const kind = { names: ["tcp", "udp"], record: "protocols" };
  const namedIn = (text: string) => [...(namesIn(text, [kind])[0] ?? [])].sort();

  test.each([
    ["a comparison", 'if (protocol === "udp") send();', ["udp"]],
    ["another one", 'const a = "tcp" !== protocol;', ["tcp"]],
    ["a case", 'switch (p) { case "tcp": break; }', ["tcp"]],
    ["a template", "const a = p === `udp`;", ["udp"]],
    ["a type", 'type A = "tcp" | "udp";', ["tcp", "udp"]],
    ["the beginning of a name", 'const a = name.startsWith("udp-");', ["udp"]],
    ["a table by name", "const a = { tcp: 4, udp: 16 }[protocol];", ["tcp", "udp"]],
    ["a table with quoted names", 'const a = { "tcp": 4, "udp": 16 };', ["tcp", "udp"]],
    ["two of a table", "const { tcp, udp } = listening;", ["tcp", "udp"]],
    ["a member of the record", "const a = protocols.tcp.number;", ["tcp"]],
    ["one by its name", 'const a = protocols["tcp"].number;', ["tcp"]],
  ])("sees %s", (_, text, names) => {
    expect(namedIn(text)).toEqual(names);
  });

  test.each([
    ["one key", "const options = { udp: null };"],
    ["a variable", "const udp = options.udp;"],
    ["a longer name", 'const a = "udp-echo";'],
    ["a comment", '// protocol === "udp"'],
    ["a sentence", 'const a = "over udp";'],
    ["the facts", "const a = protocols[protocol].isDatagram;"],
  ])("does not take %s for a name", (_, text) => {
    expect(namedIn(text)).toEqual([]);
  });

  test("lets a thing be named in its own place alone", () => {
    const text = 'export const a = "udp";';
    const files = new Map(["io/udp.ts", "io.ts", "plan/b.ts", "plan/a.ts"].map((f) => [f, text]));
    const others = { names: ["udp"], record: "others", own: ["plan/"] };
    const naming = filesNaming(files, [{ ...kind, own: ["io/", "plan/b.ts"] }, others]);
    expect(naming.map((ofKind) => [...ofKind])).toEqual([
      [
        ["tcp", []],
        ["udp", ["io.ts", "plan/a.ts"]],
      ],
      [["udp", ["io.ts", "io/udp.ts"]]],
    ]);
  });
});
