import { copyBytes } from "../base/bytes.ts";
import { UserError } from "../base/errors.ts";
import { maxDecimalBytes, writeDecimal } from "../base/numbers/digits.ts";
import { ConnectionText } from "./connection-text.ts";
import { defineProtocol, kind } from "./protocol.ts";

const space = 32;

/** Their places are their numbers. RFC 5424, tables 1 and 2. */
const facilities = [
  ...["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron"],
  ...["authpriv", "ftp", "ntp", "security", "console", "solaris-cron", "local0", "local1"],
  ...["local2", "local3", "local4", "local5", "local6", "local7"],
] as const;
const severities = [
  ...["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"],
] as const;

/**
 * Syslog: log messages that nothing answers, for pattern stream. The time is left to the receiver ("-"), so that the same
 * message has the same bytes. Over TCP each message has its length in front (octet counting).
 *
 * @see RFC 5424, section 6 (format); RFC 5426 (over UDP); RFC 6587, section 3.4.1 (octet counting)
 */
export const syslog = defineProtocol({
  about: "Syslog (RFC 5424), one-way",
  over: ["udp", "tcp"],
  options: {
    facility: {
      about: "What kind of program logs.",
      type: "choice",
      choices: facilities,
      default: "user",
    },
    severity: { about: "How severe it is.", type: "choice", choices: severities, default: "info" },
    hostname: {
      about: "Host that logs; {{connection}} is the connection's number.",
      type: "text",
      default: "client-{{connection}}",
    },
    appName: { about: "Program that logs.", type: "text", default: "slash8" },
  },
  message: { about: "The text that is logged.", default: "message {{sequence}}" },

  create({ options, isStream, slots }) {
    const { hostname, appName } = options;
    checkName("hostname", hostname, 255 - maxDecimalBytes);
    checkName("appName", appName, 48);
    const priority =
      facilities.indexOf(options.facility) * 8 + severities.indexOf(options.severity);
    // <priority>version time host program process message-id structured-data
    const header = new ConnectionText("hostname", `<${priority}>1 - ${hostname} ${appName} - - - `);
    /** Float64, per slot: the connection's number. */
    const connections = new Float64Array(slots);
    return {
      readsMessages: false,
      unanswered: "",
      // Nothing is expected. What comes all the same is counted as ignored.
      scan: (_slot, _bytes, _start, end) => end,
      classify: () => kind.ignore,
      maxBytes: (payloadBytes) => maxDecimalBytes + 1 + header.maxBytes + payloadBytes,
      write(into, at, slot, _sequence, payload, start, end) {
        const connection = connections[slot] as number;
        let to = at;
        if (isStream) {
          to += writeDecimal(into, to, header.bytes(connection) + end - start);
          into[to++] = space;
        }
        to = header.write(into, to, connection);
        return copyBytes(payload, start, end, into, to) - at;
      },
      reset(slot, connection) {
        connections[slot] = connection;
      },
    };
  },
});

/** Names are of printable ASCII, without spaces. */
function checkName(option: string, name: string, mostBytes: number): void {
  if (!/^[!-~]+$/.test(name) || name.length > mostBytes) {
    throw new UserError(
      `${option}: 1 to ${mostBytes} printable ASCII characters without spaces will do`,
    );
  }
}
