import { counted } from "@apb/report/format";
import { passes, type ScenarioResult } from "./results.ts";
import { type Requirements, type Revision, whyNot } from "./scenario-sets.ts";

/** The required scenarios of one revision for one side, and what came of them. */
export interface Leg {
  /** "server", or "client" and which of the two. */
  readonly side: "server" | "client, wire" | "client, library";
  readonly revision: Revision;
  readonly required: readonly string[];
  /** What else is run, and why it is not required. */
  readonly besides: Requirements["not_scored"];
  readonly results: readonly ScenarioResult[];
  readonly elapsedMs: number;
}

interface Row {
  readonly mark: "passed" | "FAILED" | "not run" | "unmet";
  readonly scenario: string;
  readonly checks: string;
  readonly notes: readonly string[];
}

/** A leg's required scenarios one by one, then what ran without being required. */
export function legText(leg: Leg): string {
  const rows = [...grouped(leg.required.map((scenario) => rowOf(leg, scenario))), ...besidesRows(leg)];
  const width = Math.max(...rows.map(({ scenario }) => scenario.length));
  const lines = rows.flatMap(({ mark, scenario, checks, notes }) => [
    `  ${mark.padEnd(8)} ${scenario.padEnd(width)}  ${checks}`.trimEnd(),
    ...notes.map((note) => `           ${note}`),
  ]);
  return [`MCP ${leg.revision}, ${leg.side}`, ...lines].join("\n");
}

/** One line for each leg, with the counts. */
export function summaryText(legs: readonly Leg[]): string {
  return legs.map(summaryLine).join("\n");
}

function summaryLine(leg: Leg): string {
  const attempted = attemptedIn(leg);
  const results = attempted.flatMap((scenario) => resultOf(leg, scenario) ?? []);
  const sum = (count: (result: ScenarioResult) => number): number =>
    results.reduce((all, result) => all + count(result), 0);
  const accepted = sum((result) => result.accepted.length);
  const left = leg.required.length - attempted.length;
  const notes = [
    ...(accepted === 0 ? [] : [`${counted(accepted, "complaint")} accepted`]),
    ...(left === 0 ? [] : [`${counted(left, "required scenario")} not run`]),
  ];
  return [
    `MCP ${leg.revision}, ${leg.side}`.padEnd(34),
    `${results.filter(passes).length} of ${attempted.length} scenarios`.padEnd(20),
    `${sum(({ passed }) => passed)} of ${sum(({ checked }) => checked)} checks`.padEnd(20),
    `${(leg.elapsedMs / 1000).toFixed(1)} s`.padEnd(9),
    notes.join(", "),
  ]
    .join("")
    .trimEnd();
}

/** Whether there was something to run, and every scenario of it has passed. */
export function holds(leg: Leg): boolean {
  const results = attemptedIn(leg).map((scenario) => resultOf(leg, scenario));
  return results.length > 0 && results.every((result) => result !== undefined && passes(result));
}

/** The required scenarios that are run. */
export function attemptedIn({ required, side }: Pick<Leg, "required" | "side">): readonly string[] {
  return required.filter((scenario) => side === "server" || whyNot(scenario) === null);
}

function resultOf({ results }: Leg, scenario: string): ScenarioResult | undefined {
  return results.find((result) => result.scenario === scenario);
}

function rowOf(leg: Leg, scenario: string): Row {
  const reason = leg.side === "server" ? null : whyNot(scenario);
  if (reason !== null) return { mark: "not run", scenario, checks: "", notes: [reason] };
  const result = resultOf(leg, scenario);
  if (result === undefined) return { mark: "FAILED", scenario, checks: "", notes: ["the suite has left no result"] };
  const { passed, checked, complaints, accepted } = result;
  const mark = passes(result) ? "passed" : "FAILED";
  return { mark, scenario, checks: `${passed} of ${checked}`, notes: [...complaints, ...accepted] };
}

/** Scenarios that are not run for the same reason, as one row. */
function grouped(rows: readonly Row[]): readonly Row[] {
  const reasons = new Set(rows.filter(({ mark }) => mark === "not run").map(({ notes }) => notes[0] as string));
  const holes = [...reasons].map((reason): Row => {
    const alike = rows.filter(({ mark, notes }) => mark === "not run" && notes[0] === reason);
    const [first] = alike;
    const scenario =
      alike.length === 1 ? (first?.scenario as string) : `${alike.length} scenarios, ${first?.scenario} …`;
    return { mark: "not run", scenario, checks: "", notes: [reason] };
  });
  return [...rows.filter(({ mark }) => mark !== "not run"), ...holes];
}

/** What was run without being required, by the suite's reason for that. */
function besidesRows({ besides, results }: Leg): readonly Row[] {
  return results.flatMap((result): readonly Row[] => {
    const entry = besides.find(({ scenario }) => scenario === result.scenario);
    if (entry === undefined) return [];
    const { scenario, passed, checked } = result;
    const mark = passes(result) ? "passed" : "unmet";
    return [{ mark, scenario, checks: `${passed} of ${checked}, not required: ${entry.reason}`, notes: [] }];
  });
}
