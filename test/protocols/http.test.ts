import { describe, expect, it } from "vitest";
import { http } from "../../src/protocols/http.ts";
import { read, requestOf, sessionOf } from "./sessions.ts";

describe("requests", () => {
  it.each([
    [{}, "", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    [{}, "/users/7", "GET /users/7 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    [{ host: "a.example" }, "/a\r\n", "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"],
    [
      { method: "PUT" },
      "/users/7\nname=x\n",
      "PUT /users/7 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\nname=x\n",
    ],
    [
      { method: "POST", path: "/orders", headers: ["Content-Type: application/json", "X-A:b"] },
      '{"n":"é"}',
      'POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-A:b\r\nContent-Length: 10\r\n\r\n{"n":"\xc3\xa9"}',
    ],
    [
      { method: "POST", path: "/orders" },
      "",
      "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
    ],
    [{ method: "DELETE", path: "/x" }, "", "DELETE /x HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ])("%j with %j", async (options, message, bytes) => {
    expect(requestOf(await sessionOf(http, options), message)).toBe(bytes);
  });

  it.each([
    [{ method: "GE T" }, '"GE T" is not a method'],
    [{ path: "/a b" }, "write it as %20"],
    [{ headers: ["Content-Type"] }, 'is not a header: write "Name: value"'],
    [{ headers: ["A: b\r\nC: d"] }, "is not a header"],
    [{ headers: ["content-length: 5"] }, "computed from the message"],
    [{ host: "a\r\nb" }, "is not a header"],
    [{ accept: ["200"] }, "not a status from 400 to 599"],
  ])("%j is refused", async (options, reason) => {
    await expect(sessionOf(http, options)).rejects.toThrow(reason);
  });
});

describe("responses", async () => {
  const session = await sessionOf(http, { accept: ["404"] });
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  const moved = "HTTP/1.1 301 Moved\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
  const none = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  const down = "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

  it("are replies, or errors by their status", () => {
    expect(read(session, ok + moved + none + down)).toEqual([
      ["reply", ok],
      ["reply", moved],
      ["reply", none],
      ["HTTP_503", down],
    ]);
    expect(session.status(2)).toBe(503);
    expect(session.closes(2)).toBe(true);
  });

  it("may end with their connection", () => {
    const text = "HTTP/1.0 200 OK\r\n\r\nto the end";
    expect(read(session, text)).toEqual([["reply", text]]);
  });

  it("to HEAD have no body", async () => {
    const head = await sessionOf(http, { method: "HEAD" });
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    expect(read(head, text + text)).toEqual([
      ["reply", text],
      ["reply", text],
    ]);
  });

  it("that are none are malformed", () => {
    expect(read(session, "SSH-2.0-x\r\n")).toEqual([["malformed", ""]]);
  });
});
