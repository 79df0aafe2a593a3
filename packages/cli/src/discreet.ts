import type { CellResult, Counted, StepResult } from "@apb/core/cell";
import type { SaidByKind } from "@apb/core/said";
import { masking, portPlace, urlsIn } from "@apb/core/url";
import type { RunEvent } from "@apb/runner/events";
import type { Order } from "./order.ts";

/** What of a run's flags is to be read by nobody else: what is secret in these URLs, and these words whole. */
export interface Secrets {
  readonly urls: readonly string[];
  readonly words: readonly string[];
}

/** What is shorter may be a common word, like the `test` of NODE_ENV=test, which would be taken out of all that a server says. */
const leastWordLength = 8;

/**
 * The secrets of a target, of the command that starts it, and of the headers it is sent: whole, and without their scheme; of
 * variables and headers those of 8 characters or more.
 */
export function secretsOf({
  target,
  command,
  headers,
}: Pick<Order, "command" | "headers"> & { readonly target: { readonly url: string } | null }): Secrets {
  return {
    urls: [...(target === null ? [] : [target.url]), ...urlsIn(command?.text ?? "")],
    words: [
      ...Object.values(command?.env ?? {}).flatMap((value) => value.split(portPlace)),
      ...Object.values(headers).flatMap(wordsOf),
    ].filter(({ length }) => length >= leastWordLength),
  };
}

/** Takes what is secret out of a text. */
export function maskingOf({ urls, words }: Secrets): (text: string) => string {
  return masking(urls, words);
}

/** `Bearer x` and `x`. */
function wordsOf(header: string): readonly string[] {
  return [header, header.replace(/^[A-Za-z]+ /, "")];
}

/** An event without secrets in what a server may have said; kinds, names, numbers and histograms stay as they are. Where nothing is secret it is the event itself. */
export function discreetEvent(event: RunEvent, { urls, words }: Secrets): RunEvent {
  if (urls.length + words.length === 0) return event;
  const said = maskingOf({ urls, words });
  if (event.kind === "abort") return { ...event, reason: said(event.reason) };
  return event.kind === "cell" ? { ...event, result: discreetResult(event.result, said) } : event;
}

/** A text for the terminal, without the secrets among the program's own arguments. */
export function discreetText(text: string, argv: readonly string[]): string {
  return masking(urlsAmong(argv), [...valuesAmong(argv), ...headersAmong(argv)])(text);
}

function discreetResult(result: CellResult, said: (text: string) => string): CellResult {
  if (result.status !== "measured") {
    const { counted, reason } = result;
    const quiet = counted === undefined ? {} : { counted: { ...counted, ...discreetCounts(counted, said) } };
    return { ...result, ...quiet, reason: said(reason) };
  }
  const { partial, missing, verdict, workloads } = result;
  return {
    ...result,
    ...discreetCounts(result, said),
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

function discreetCounts(
  { steps, checks }: Pick<Counted, "steps" | "checks">,
  said: (text: string) => string,
): Pick<Counted, "steps" | "checks"> {
  return {
    steps: discreetSteps(steps, said),
    checks: mapped(checks, (one) => (one.said === undefined ? one : { ...one, said: said(one.said) })),
  };
}

const headerFlags = ["--header", "--env-header"];

/** Of `--header 'name: x'` and `--header='name: x'` the value, and the whole of one that is not as it should be. */
function headersAmong(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    const flag = argv[at - 1] ?? "";
    const given = headerFlags.includes(flag) ? word : /^--(?:env-)?header=(.*)$/s.exec(word)?.[1];
    // The name of a variable is no secret.
    if (given === undefined || /^[^=\s:]+=[A-Za-z_]\w*$/.test(given)) return [];
    return wordsOf(given.includes(":") ? given.slice(given.indexOf(":") + 1).trim() : given);
  });
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
    const [, url] =
      /^(?:--(?:target|[ab])=)?target=(.*)$/.exec(word) ??
      /^--target=(.*)$/.exec(word) ??
      /([a-z][a-z0-9+.-]*:\/\/.*)/i.exec(word) ??
      [];
    return url === undefined ? [] : [url, ...urlsIn(word)];
  });
}

/** Of `--serve-env NAME=VALUE` the value, and all of it where it is nothing like that. */
function valuesAmong(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    const given = argv[at - 1] === "--serve-env" ? word : /^--serve-env=(.*)$/s.exec(word)?.[1];
    return given?.replace(/^[A-Za-z_]\w*=/, "").split(portPlace) ?? [];
  });
}
