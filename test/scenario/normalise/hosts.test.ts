import { describe, expect, it } from "vitest";
import { chat, parse } from "../samples.ts";

/** The scenario with hosts, and a workload's own. */
function withHosts(hosts: string, own: string) {
  const [before = "", after = ""] = chat.split("workloads:\n");
  const workload = after.replace(/pattern: hold\n/, (line) => `${line}    ${own}\n`);
  return parse(`${before}hosts: ${hosts}\nworkloads:\n${workload}`);
}

describe("hosts", () => {
  it("are named at the top, with addresses of their own, and by workloads", () => {
    const { hosts, workloads } = withHosts("{ a: {}, b: { sources: 127.9.0.0/24 } }", "hosts: b");
    expect(hosts.map(({ name, sources }) => [name, sources])).toEqual([
      ["a", []],
      ["b", ["127.9.0.0/24"]],
    ]);
    expect(workloads.map((workload) => workload.hosts)).toEqual([["b"], []]);
    expect(parse(chat).hosts).toEqual([]);
  });

  it.each([
    ["{ a: {} }", "hosts: [a, bb]", 'there is no host "bb"'],
    ["{ abc: {} }", "hosts: abd", 'did you mean "abc"?'],
    ["{ a: { source: 1 } }", "hosts: a", "source"],
    ["{ a: { sources: 10.0.0.0/33 } }", "hosts: a", "prefix length must be 0 to 32"],
    ["{ a: { sources: 10.0.0.0/24 } }", "hosts: a", "only with --allow-remote"],
    ["{ 1a: {} }", "hosts: 1a", "1a"],
  ])("%s with %s is refused", (hosts, own, message) => {
    expect(() => withHosts(hosts, own)).toThrow(message);
  });

  it("are refused in a workload where the scenario names none", () => {
    const own = chat.replace(/pattern: hold\n/, (line) => `${line}    hosts: a\n`);
    expect(() => parse(own)).toThrow(
      "this scenario has no hosts; name them at the top: hosts: { a: {} }",
    );
  });
});
