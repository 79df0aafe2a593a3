import type { CellResult } from "@apb/core/cell";
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
  const { partial, missing, verdict } = result;
  return {
    ...result,
    partial: partial === null ? null : said(partial),
    missing: Object.fromEntries(Object.entries(missing).map(([field, reason]) => [field, said(reason)])),
    verdict: { ...verdict, findings: verdict.findings.map((one) => ({ ...one, message: said(one.message) })) },
  };
}

/** `--target x`, `--target=x`, and whatever else has a scheme. */
function urlsAmong(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    if (argv[at - 1] === "--target") return [word];
    const [, url] = /^--target=(.*)$/.exec(word) ?? /([a-z][a-z0-9+.-]*:\/\/.*)/i.exec(word) ?? [];
    return url === undefined ? [] : [url];
  });
}
