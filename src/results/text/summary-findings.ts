import type { Finding, Severity } from "../findings/finding.ts";
import type { RunResult } from "../result.ts";
import { type Colors, wrap } from "./text-table.ts";

/** Validity of the figures: each finding with what to do; results of earlier versions have none. */
export function findingsSection({ run }: RunResult, colors: Colors, width: number): string[] {
  const findings: readonly Finding[] = run.findings ?? [];
  if (findings.length === 0) return [];
  return [
    colors.bold("validity"),
    ...findings.flatMap(({ about, severity, text, todo }, index) => {
      const mark = `${words[severity]} ${about}`;
      const style = styleOf(severity, colors);
      const [first, ...more] = wrap(text, width - mark.length - 4, "");
      const isSaidNext = findings[index + 1]?.todo === todo;
      const whatToDo = isSaidNext ? [] : wrap(`what to do: ${todo}`, width - 6, "");
      return [
        `  ${style(mark)}  ${first}`,
        ...[...more, ...whatToDo].map((line) => `      ${line}`),
      ];
    }),
  ];
}

function styleOf(severity: Severity, colors: Colors): (text: string) => string {
  return { severe: colors.red, warning: colors.yellow, info: colors.cyan }[severity];
}

/** The mark of a finding, one column wide. */
export function severityMark({ severity }: Finding, colors: Colors, unicode: boolean): string {
  const mark = unicode || severity !== "severe" ? words[severity] : "x";
  return styleOf(severity, colors)(mark);
}

const words: Readonly<Record<Severity, string>> = {
  severe: "✗",
  warning: "!",
  info: "i",
};
