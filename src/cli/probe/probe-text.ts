import { formatAmount, formatCount, formatDuration } from "../../base/units.ts";
import type { AnswerReport, DestinationReport, ProbeReport } from "../../probe/report.ts";
import { alignColumns, type Cell, wrap } from "../../results/text/text-table.ts";
import { type Colors, createColors } from "../terminal/colors.ts";

const width = 100;

/** Renders a probe's answers as a table, what they mean, and the verdict. Pure. */
export function renderProbe(report: ProbeReport, color: boolean): string {
  const colors = createColors(color);
  const { target, findings, verdict, destinations } = report;
  const faults = findings.filter(({ level }) => level === "fault").length;
  const title =
    verdict === "right" ? colors.green(colors.bold("RIGHT")) : colors.red(colors.bold("FAULTY"));
  return [
    `${title}  udp://${target}: ${faults === 0 ? "no faults were found" : formatAmount(faults, "fault")}`,
    ...findings.flatMap(({ level, message }) => {
      const mark = level === "fault" ? colors.red("✗") : colors.yellow("-");
      const [first, ...more] = wrap(message, width - 4, "");
      return [`  ${mark} ${first}`, ...more.map((line) => `    ${line}`)];
    }),
    "",
    ...alignColumns([
      [
        colored("destination", colors),
        colored("unconnected", colors),
        colored("connected", colors),
      ],
      ...destinations.map((destination) => destinationRow(destination, colors)),
    ]),
    "",
    ...alignColumns([
      ...report.sizes.map(({ bytes, answer }) => [
        `${formatCount(bytes)} B`,
        answerText(answer),
        ...(answer.code === "EMSGSIZE" ? ["too long for a datagram: never sent"] : []),
      ]),
      ...burstRows(report),
      ["closed port", `unconnected: ${answerText(report.closedPort.unconnected)}`],
      ...(report.closedPort.receiveErrors === null
        ? []
        : [["", `with IP_RECVERR: ${answerText(report.closedPort.receiveErrors)}`]]),
      ["", `connected: ${answerText(report.closedPort.connected)}`],
      ...(report.afterwards === null ? [] : [["afterwards", answerText(report.afterwards)]]),
    ]),
  ].join("\n");
}

function destinationRow(
  { destination, unconnected, connected }: DestinationReport,
  colors: Colors,
): (Cell | string)[] {
  const isWrong = unconnected.outcome === "wrongSource";
  return [
    destination,
    { text: answerText(unconnected), ...(isWrong ? { style: colors.red } : {}) },
    answerText(connected),
  ];
}

function burstRows({ burst }: ProbeReport): string[][] {
  if (burst === null) return [];
  const wrong = burst.wrongReplies > 0 ? `, ${formatCount(burst.wrongReplies)} from elsewhere` : "";
  return [[`burst of ${formatCount(burst.sent)}`, `${formatCount(burst.replies)} replies${wrong}`]];
}

function answerText({ outcome, from, roundTripNs, replyBytes, reply, code }: AnswerReport): string {
  const got =
    reply === "echo"
      ? "echoed"
      : reply === "cut"
        ? `echoed, cut to ${formatCount(replyBytes ?? 0)} B`
        : `answered, ${formatCount(replyBytes ?? 0)} B`;
  switch (outcome) {
    case "answered":
      return `${got}, ${formatDuration(roundTripNs ?? 0)}`;
    case "wrongSource":
      return `${got} from ${from}`;
    case "silent":
      return "silence";
    default:
      return String(code);
  }
}

function colored(text: string, colors: Colors): Cell {
  return { text, style: colors.dim };
}
