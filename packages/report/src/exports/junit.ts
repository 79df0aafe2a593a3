import builder from "xmlbuilder";
import { groupedBy } from "../order.ts";
import { sum } from "../quantity.ts";
import type { Exported, Outcome } from "./exported.ts";

/**
 * JUnit's XML, as far as Jenkins, GitLab and others agree on it: a suite for each group, named as its cases' `classname`, since
 * GitLab takes that for the suite's name; one `failure` a case, since Jenkins keeps one; no exponents in seconds. The library
 * escapes, and drops the control characters that XML cannot hold.
 */
export function junit(exported: Exported): string {
  const { outcomes } = exported;
  const root = builder.create("testsuites", { encoding: "UTF-8", invalidCharReplacement: "" });
  attributes(root, { name: `agent-protocol-bench ${exported.id}`, ...counts(outcomes), time: secondsOf(outcomes) });
  for (const own of groupedBy(outcomes, ({ group }) => group)) suite(root, own, exported);
  return root.end({ pretty: true });
}

function suite(root: builder.XMLElement, outcomes: readonly Outcome[], exported: Exported): void {
  const element = root.element("testsuite");
  const skipped = String(outcomes.filter(({ status }) => status === "skipped").length);
  const timestamp = exported.startedAt.replace(/\.\d+|Z$/g, "");
  const name = outcomes[0]?.group ?? "";
  attributes(element, { name, ...counts(outcomes), skipped, time: secondsOf(outcomes), timestamp });
  const properties = element.element("properties");
  for (const [name, value] of Object.entries(exported.facts)) properties.element("property", { name, value });
  for (const outcome of outcomes) testCase(element, outcome);
}

function testCase(parent: builder.XMLElement, outcome: Outcome): void {
  const { group, name, status, kind, reasons, seconds, shown } = outcome;
  const element = parent.element("testcase");
  attributes(element, { classname: group, name, time: decimal(seconds ?? 0) });
  const [message = kind] = reasons;
  if (status === "failed") element.element("failure", { message, type: kind }, reasons.join("\n"));
  if (status === "skipped") element.element("skipped", { message: reasons.join(" ") });
  const lines = Object.entries(shown).map(([title, text]) => `${title}: ${text}`);
  if (status === "passed") lines.unshift(...reasons);
  if (lines.length > 0) element.element("system-out", lines.join("\n"));
}

function attributes(element: builder.XMLElement, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) element.attribute(name, value);
}

function counts(outcomes: readonly Outcome[]): {
  readonly tests: string;
  readonly failures: string;
  readonly errors: string;
} {
  const failures = outcomes.filter(({ status }) => status === "failed").length;
  return { tests: String(outcomes.length), failures: String(failures), errors: "0" };
}

function secondsOf(outcomes: readonly Outcome[]): string {
  return decimal(sum(outcomes.map(({ seconds }) => seconds ?? 0)));
}

function decimal(seconds: number): string {
  return seconds.toFixed(3);
}
