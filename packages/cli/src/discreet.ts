import type { CellResult, StepResult } from "@apb/core/cell";
import type { SaidByKind } from "@apb/core/said";
import { masking } from "@apb/core/url";
import type { RunEvent } from "@apb/runner/events";

/** An event without the secrets of a URL in what a server may have said; kinds, names, numbers and histograms stay as they are. Without a URL it is the event itself. */
export function discreetEvent(event: RunEvent, url: string | undefined): RunEvent {
  if (url === undefined) return event;
  const said = masking([url]);
  if (event.kind === "abort") return { ...event, reason: said(event.reason) };
  return event.kind === "cell" ? { ...event, result: discreetResult(event.result, said) } : event;
}

/** A text for the terminal, without the secrets of the URLs among the program's own arguments. */
export function discreetText(text: string, argv: readonly string[]): string {
  return masking(urlsAmong(argv))(text);
}

function discreetResult(result: CellResult, said: (text: string) => string): CellResult {
  if (result.status !== "measured") return { ...result, reason: said(result.reason) };
  const { partial, missing, verdict, steps, workloads } = result;
  return {
    ...result,
    steps: discreetSteps(steps, said),
    workloads: mapped(workloads, (one) => ({
      ...one,
      ...(one.steps === undefined ? {} : { steps: discreetSteps(one.steps, said) }),
      ...(one.tasks === undefined ? {} : { tasks: discreetSteps(one.tasks, said) }),
    })),
    partial: partial === null ? null : said(partial),
    missing: mapped(missing, said),
    verdict: { ...verdict, findings: verdict.findings.map((one) => ({ ...one, message: said(one.message) })) },
  };
}

function discreetSteps<Step extends StepResult>(
  steps: Readonly<Record<string, Step>>,
  open: (text: string) => string,
): Record<string, Step> {
  return mapped(steps, (step) => {
    if (step.said === undefined) return step;
    const said: SaidByKind = mapped(step.said, (one) => ({ ...one, sentence: open(one.sentence) }));
    return { ...step, said };
  });
}

function mapped<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** `--target x`, `--target=x`, and whatever else has a scheme. */
function urlsAmong(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    if (argv[at - 1] === "--target") return [word];
    const [, url] = /^--target=(.*)$/.exec(word) ?? /([a-z][a-z0-9+.-]*:\/\/.*)/i.exec(word) ?? [];
    return url === undefined ? [] : [url];
  });
}
