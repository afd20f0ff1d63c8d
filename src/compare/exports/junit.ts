import { attribute, element, escaped } from "../../results/exports/xml.ts";
import type { Comparison, MetricTest } from "../compare.ts";
import { changeSentence, sidesText, verdictText } from "../text.ts";

/**
 * Renders a comparison as JUnit XML: one test for the whole, an error where it is inconclusive, and one for each metric,
 * with its figures as output. What is inconclusive is an error, neither passed nor failed.
 *
 * @see "JUnit XML" as Jenkins and GitLab read it: testsuites, testsuite, testcase, failure, error, system-out
 */
export function renderComparisonJunit(comparison: Comparison): string {
  const { tests, verdict, reasons, unlike, notes } = comparison;
  const count = (which: MetricTest["verdict"]) =>
    tests.filter((one) => one.verdict === which).length;
  const isOpen = verdict === "inconclusive";
  const errors = count("inconclusive") + (isOpen ? 1 : 0);
  const totals = `tests="${tests.length + 1}" failures="${count("fail")}" errors="${errors}" time="0"`;
  const about = [sidesText(comparison), ...unlike.map((part) => `unlike: ${part}`), ...notes];
  const whole = isOpen
    ? element("error", "the comparison is inconclusive", reasons.join("\n"))
    : "";
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="slash8 compare" ${totals}>`,
    `  <testsuite name="comparison" ${totals}>`,
    `    <testcase classname="comparison" name="comparison" time="0">${whole}<system-out>${escaped(about.join("\n"))}</system-out></testcase>`,
    ...tests.map((test) => testcase(test, comparison)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testcase(test: MetricTest, comparison: Comparison): string {
  const { scope, name, verdict } = test;
  const figures = changeSentence(test, comparison);
  const result =
    verdict === "fail"
      ? element("failure", verdictText(test), figures)
      : verdict === "inconclusive"
        ? element("error", verdictText(test), figures)
        : "";
  return `    <testcase classname="${attribute(scope)}" name="${attribute(name)}" time="0">${result}<system-out>${escaped(figures)}</system-out></testcase>`;
}
