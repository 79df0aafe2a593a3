/** What the conformance suite says, and what to make of it. Pure. */

/** Whose conformance is looked at. */
export type Role = "server" | "client";

/** One check in a scenario's `checks.json`; what it holds besides is left alone. */
export interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
}

/** A scenario that was run. */
export interface ScenarioResult {
  readonly scenario: string;
  /** Checks that found nothing to complain of. */
  readonly passed: number;
  /** Checks that found something or nothing to complain of; those that were skipped are not among them. */
  readonly checked: number;
  readonly complaints: readonly string[];
  /** What was complained of as expected, and why that is accepted. */
  readonly accepted: readonly string[];
}

/** A check that is expected to complain. */
export interface Expected {
  readonly check: string;
  readonly reason: string;
}

/** The scenario whose results are in a folder of this name, like `server-tools-list-2026-11-21T09-20-41-821Z`. */
export function scenarioOf(folder: string, role: Role): string {
  const name = folder.replace(/-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d+Z$/, "");
  return role === "server" ? name.replace(/^server-/, "") : name;
}

/** Counts a scenario's checks. A warning is a complaint, and so is an expected complaint that does not come. */
export function scenarioResult(
  scenario: string,
  checks: readonly Check[],
  expected: readonly Expected[],
): ScenarioResult {
  const judged = checks.filter(({ status }) => status !== "SKIPPED" && status !== "INFO");
  const failing = judged.filter(({ status }) => status !== "SUCCESS");
  const unexpected = failing.filter(({ id }) => !expected.some(({ check }) => check === id));
  const came = ({ check }: Expected): boolean => failing.some(({ id }) => id === check);
  return {
    scenario,
    passed: judged.length - failing.length,
    checked: judged.length,
    complaints: [
      ...unexpected.map(({ id, status, errorMessage = "no reason given" }) => `${status} ${id}: ${errorMessage}`),
      ...expected.filter((one) => !came(one)).map(({ check }) => `${check} was expected to complain, and does not`),
    ],
    accepted: expected.filter(came).map(({ check, reason }) => `accepted: ${check}, as ${reason}`),
  };
}

/** Whether a scenario has shown what it is there to show: one that has checked nothing has not. */
export function passes({ checked, complaints }: ScenarioResult): boolean {
  return checked > 0 && complaints.length === 0;
}
