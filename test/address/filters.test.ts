import { describe, expect, it } from "vitest";
import { captureFilter, displayFilter } from "../../src/address/filters.ts";
import { parseRanges } from "../../src/address/ranges.ts";

describe("filters that pick out the clients", () => {
  it.each([
    [["127.16.0.0/16"], "ip.addr == 127.16.0.0/16", "net 127.16.0.0/16"],
    [["127.0.0.1"], "ip.addr == 127.0.0.1", "host 127.0.0.1"],
    [
      ["127.16.0.1-127.16.0.4"],
      "ip.addr in {127.16.0.1 .. 127.16.0.4}",
      "host 127.16.0.1 or net 127.16.0.2/31 or host 127.16.0.4",
    ],
    [
      ["127.16.0.0/24", "127.0.0.7"],
      "ip.addr == 127.0.0.7 || ip.addr == 127.16.0.0/24",
      "host 127.0.0.7 or net 127.16.0.0/24",
    ],
    [["127.0.0.0/8"], "ip.addr == 127.0.0.0/8", "net 127.0.0.0/8"],
    [["127.0.0.0/24"], "ip.addr == 127.0.0.0/24", "net 127.0.0.0/24"],
    [["::1"], "ipv6.addr == ::1", "host ::1"],
    [["fd00::/64"], "ipv6.addr == fd00::/64", "net fd00::/64"],
  ])("%j", (texts, display, capture) => {
    expect(displayFilter(parseRanges(texts))).toBe(display);
    expect(captureFilter(parseRanges(texts))).toBe(capture);
  });
});
