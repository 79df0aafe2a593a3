import type { Headers } from "@apb/core/binding";
import type { CellResult } from "@apb/core/cell";
import { masking } from "@apb/core/url";
import type { RunEvent } from "@apb/runner/events";

/** What is sent to a server and is for nobody else to read. */
export interface Secrets {
  readonly url?: string | undefined;
  readonly headers: Headers;
}

/** An event without secrets in what a server may have said; kinds, names, numbers and histograms stay as they are. Where there are none it is the event itself. */
export function discreetEvent(event: RunEvent, secrets: Secrets): RunEvent {
  if (secrets.url === undefined && Object.keys(secrets.headers).length === 0) return event;
  const said = maskingOf(secrets);
  if (event.kind === "abort") return { ...event, reason: said(event.reason) };
  return event.kind === "cell" ? { ...event, result: discreetResult(event.result, said) } : event;
}

/** Takes these secrets out of a text. */
export function maskingOf({ url, headers }: Secrets): (text: string) => string {
  return masking(url === undefined ? [] : [url], Object.values(headers));
}

/** A text for the terminal, without the secrets of the URLs and headers among the program's own arguments. */
export function discreetText(text: string, argv: readonly string[]): string {
  return masking(urlsAmong(argv), headersAmong(argv))(text);
}

function discreetResult(result: CellResult, said: (text: string) => string): CellResult {
  if (result.status !== "measured") return { ...result, reason: said(result.reason) };
  const { partial, missing, verdict } = result;
  return {
    ...result,
    partial: partial === null ? null : said(partial),
    missing: Object.fromEntries(Object.entries(missing).map(([field, reason]) => [field, said(reason)])),
    verdict: { ...verdict, findings: verdict.findings.map((one) => ({ ...one, message: said(one.message) })) },
  };
}

/** Of `--header 'name: x'` and `--header='name: x'` the value, and the whole of one that is not as it should be. */
function headersAmong(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    const given = argv[at - 1] === "--header" ? word : /^--header=(.*)$/s.exec(word)?.[1];
    if (given === undefined) return [];
    return [given.includes(":") ? given.slice(given.indexOf(":") + 1).trim() : given];
  });
}

/** `--target x`, `--target=x`, and whatever else has a scheme. */
function urlsAmong(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    if (argv[at - 1] === "--target") return [word];
    const [, url] = /^--target=(.*)$/.exec(word) ?? /([a-z][a-z0-9+.-]*:\/\/.*)/i.exec(word) ?? [];
    return url === undefined ? [] : [url];
  });
}
