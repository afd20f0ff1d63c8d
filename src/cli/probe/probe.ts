/** `slash8 probe`: finds what a UDP server does wrong, by querying it. */
import type { Options } from "yargs";
import type { Endpoint } from "../../address/flow.ts";
import { exitStatus, UserError } from "../../base/errors.ts";
import type { IoChoice } from "../../base/io-kind.ts";
import { parseDuration } from "../../base/units.ts";
import { backends } from "../../io/backends.ts";
import { chooseIo, fallbackNotice } from "../../preflight/io-choice.ts";
import { probe } from "../../probe/probe.ts";
import { parseEndpoints } from "../../scenario/endpoint.ts";
import type { Command } from "../arguments/command.ts";
import { HostArguments } from "../arguments/host-arguments.ts";
import { flag, ioOption, once, positiveInteger, withUnit } from "../arguments/options.ts";
import { wantsColor } from "../terminal/colors.ts";
import { printNotice, printResult } from "../terminal/output.ts";
import { renderProbe } from "./probe-text.ts";

const options = {
  payload: {
    type: "string",
    requiresArg: true,
    describe:
      "a request that the server answers, in hexadecimal (default: 64 bytes, for echo servers)",
    coerce: once("payload", readHex),
  },
  timeout: {
    type: "string",
    requiresArg: true,
    default: "300ms",
    describe: "how long to wait for a reply",
    coerce: once("timeout", readTimeout),
  },
  burst: {
    type: "string",
    requiresArg: true,
    default: "64",
    describe: "datagrams sent at once",
    coerce: once("burst", positiveInteger("burst", 10_000)),
  },
  io: ioOption,
  json: flag("print the answers as JSON"),
  "allow-remote": flag("allow a server outside the loopback addresses"),
} as const satisfies Record<string, Options>;

export const probeCommand: Command = {
  name: "probe",
  positional: {
    name: "target",
    describe: "the UDP server: udp://ADDRESS:PORT or udp://NAME:PORT",
    missing: "which UDP server? udp://127.0.0.1:7000, for example",
  },
  describe: "find what a UDP server does wrong: source addresses, lengths, bursts",
  options,
  examples: [
    ["$0 probe udp://127.0.0.1:7000", "an echo server"],
    [
      "$0 probe udp://127.0.0.1:53 --payload 123401000001000000000000096c6f63616c686f73740000010001",
      "a DNS server, queried for localhost",
    ],
    ["$0 probe udp://127.0.0.1:7000 --json | jq .findings", "only the findings"],
  ],
  epilogue:
    "It queries the port on several addresses of 127.0.0.0/8, on ::1 and on prefixes that are routed to this " +
    "machine as a whole (AnyIP), and checks where each reply came from; then with empty, short and long " +
    `datagrams, and with many at once. Exit status: ${exitStatus.pass} no faults, ${exitStatus.gateFailed} a fault was found, ` +
    `${exitStatus.usage} usage.`,
  async run(args) {
    const [text, allowRemote] = [String(args.target), args["allow-remote"] === true];
    const hosts = await HostArguments.lookUp([text], allowRemote);
    const target = readTarget(text, allowRemote, hosts);
    await hosts.printNotices();
    const chosen = await chooseIo((args.io ?? "auto") as IoChoice);
    const notice = fallbackNotice(chosen);
    if (notice !== null) await printNotice(`slash8: ${notice}`);
    const io = await backends[chosen.io].create();
    try {
      const report = await probe(io, target, {
        payload: (args.payload ?? null) as Uint8Array | null,
        timeoutNs: Number(args.timeout),
        burst: Number(args.burst),
      });
      const color = wantsColor(process.env, process.stdout.isTTY);
      await printResult(
        args.json === true ? JSON.stringify(report, null, 2) : renderProbe(report, color),
      );
      return report.verdict === "right" ? exitStatus.pass : exitStatus.gateFailed;
    } finally {
      await io.end();
    }
  },
};

/** @throws UserError */
export function readTarget(
  text: string,
  allowRemote: boolean,
  hosts = HostArguments.none,
): Endpoint {
  if (/^tcp:/.test(text))
    throw new UserError(`${text}: probe is for UDP servers: udp://ADDRESS:PORT`);
  const [endpoint, ...more] = parseEndpoints(
    text.replace(/^udp:\/\//, ""),
    allowRemote,
    hosts.addressOf("target"),
  );
  if (endpoint === undefined || more.length > 0) {
    throw new UserError(`${text}: name one address; others of this machine are queried as well`);
  }
  if (endpoint.port === 0) throw new UserError(`${text}: a target needs a port from 1`);
  if (endpoint.address === "0.0.0.0" || endpoint.address === "::") {
    throw new UserError(
      `${text}: name an address to query, such as 127.0.0.1; others of this machine are queried as well`,
    );
  }
  return endpoint;
}

/** @throws UserError */
export function readHex(text: string): Uint8Array {
  const digits = text.replaceAll(/[\s:]/g, "");
  if (!/^([0-9a-f]{2})+$/i.test(digits)) {
    throw new UserError(
      `--payload ${text}: give bytes in hexadecimal, two digits each, as in 50494e47`,
    );
  }
  return Buffer.from(digits, "hex");
}

function readTimeout(text: string): number {
  const ns = withUnit("timeout", parseDuration)(text);
  if (ns > 0 && ns <= 60e9) return ns;
  throw new UserError(`--timeout ${text}: give more than 0 and at most 1m`);
}
