import { masking } from "@apb/core/url";

/** What a server has said may repeat the secrets of its URL: a copy of such data without them. Without a URL it is the data itself. */
export function discreet<T>(data: T, url: string | undefined): T {
  return url === undefined ? data : (each(data, masking([url])) as T);
}

/** A text for the terminal, without the secrets of the URLs among the program's own arguments. */
export function discreetText(text: string, argv: readonly string[]): string {
  return masking(urlsAmong(argv))(text);
}

function each(value: unknown, said: (text: string) => string): unknown {
  if (typeof value === "string") return said(value);
  if (Array.isArray(value)) return value.map((item) => each(item, said));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, each(item, said)]));
}

/** `--target x`, `--target=x`, and whatever else has a scheme. */
function urlsAmong(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    if (argv[at - 1] === "--target") return [word];
    const [, url] = /^--target=(.*)$/.exec(word) ?? /([a-z][a-z0-9+.-]*:\/\/.*)/i.exec(word) ?? [];
    return url === undefined ? [] : [url];
  });
}
