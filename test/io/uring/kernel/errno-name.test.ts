import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { errnoName, systemFailure } from "../../../../src/io/uring/kernel/errno-name.ts";

describe("names of errors", () => {
  it("are those of errno(3), for all that sockets and rings are known to answer", () => {
    const answered = [
      "EACCES",
      "EADDRINUSE",
      "EADDRNOTAVAIL",
      "EAGAIN",
      "EBADF",
      "EBUSY",
      "ECANCELED",
      "ECONNABORTED",
      "ECONNREFUSED",
      "ECONNRESET",
      "EHOSTUNREACH",
      "EINTR",
      "EINVAL",
      "EIO",
      "EMFILE",
      "EMSGSIZE",
      "ENETUNREACH",
      "ENFILE",
      "ENOBUFS",
      "ENOMEM",
      "ENOSYS",
      "ENOTCONN",
      "EPERM",
      "EPIPE",
      "ETIMEDOUT",
    ] as const;
    for (const name of answered) expect(errnoName(-constants.errno[name])).toBe(name);
  });

  it("are EUNKNOWN for what Node has no name for", () => {
    expect(errnoName(-4000)).toBe("EUNKNOWN");
  });

  it("are in an Error as its code and in its message", () => {
    expect(systemFailure("bind", -98, "127.0.0.1:80")).toMatchObject({
      code: "EADDRINUSE",
      message: "bind EADDRINUSE 127.0.0.1:80",
    });
    expect(systemFailure("mmap", -12).message).toBe("mmap ENOMEM");
  });
});
