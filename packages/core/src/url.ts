import { cutSign } from "./said.ts";

/** What stands in the place of a secret. */
const mask = "***";

/**
 * Names of query values that nobody else is to read, in lower case with a hyphen between their words: `token`, `api-key`,
 * `apikey`, `x-amz-signature`. A word counts as a whole: `author`, `design` and `session-mode` are none.
 */
const secretName = new RegExp(
  [
    "(^|-)(\\w*(token|secret|passwd|password|passphrase|pwd|signature|credential)s?)(-|$)",
    "(^|-)((api|access|auth|client|secret|private|shared|subscription)?keys?)(-|$)",
    "(^|-)(auth|oauth|authorization|bearer|pass|sig|jwt|sid)(-|$)",
    "(^|-)session(-?id)?$",
  ].join("|"),
);

/** In replies and errors shorter ones are left: what is as short is in every other word. */
const leastSecretLength = 4;

/** What stands for a port that is found when a server starts. */
export const portPlace = "{port}";

/** A text, or a URL, with this port in the places that are kept for one. */
export function withPort(text: string, port: number): string {
  return text.replaceAll(portPlace, String(port));
}

/** A URL as it may be printed and stored: `***` for its user and password, and for query values with the names of secrets. Text that is no URL keeps nothing before an `@`. */
export function maskedUrl(url: string): string {
  const userinfo = userinfoOf(url);
  const open = userinfo === null ? url : url.replace(`${userinfo}@`, `${mask}@`);
  return open.replace(queryValue, (whole, name: string) => (isSecret(name) ? `${name}=${mask}` : whole));
}

/** A text as it may be printed and stored: each URL in it as {@link maskedUrl} has it. */
export function maskedText(text: string): string {
  return text.replace(urlInText, maskedUrl);
}

/** The URLs that stand in a text, one after the other. */
export function urlsIn(text: string): readonly string[] {
  return text.match(urlInText) ?? [];
}

/** Up to a blank, or to the next one. */
const urlInText = /[a-z][a-z0-9+.-]*:\/\/\S*?(?=[a-z][a-z0-9+.-]*:\/\/|\s|$)/gi;

/**
 * Takes out of a text what in these URLs is secret, wherever it stands in it: as typed, decoded, or as the header that carries
 * it; and these other words, which are secret whole.
 */
export function masking(urls: readonly string[], words: readonly string[] = []): (text: string) => string {
  const secret = [...urls.flatMap(secretsIn), ...words.filter(({ length }) => length >= leastSecretLength)];
  const secrets = [...new Set(secret)].sort((a, b) => b.length - a.length);
  return (text) =>
    maskedEnd(
      secrets.reduce((open, secret) => open.replaceAll(secret, mask), text),
      secrets,
    );
}

/** A text that was cut off may end within a secret. */
function maskedEnd(text: string, secrets: readonly string[]): string {
  if (!text.endsWith(cutSign)) return text;
  const whole = text.slice(0, -cutSign.length);
  for (const secret of secrets)
    for (let length = secret.length - 1; length >= leastSecretLength; length--)
      if (whole.endsWith(secret.slice(0, length))) return `${whole.slice(0, -length)}${mask}${cutSign}`;
  return text;
}

/** Where a URL's server listens; without a port in it, its protocol's usual one. */
export function addressOf({ hostname, port, protocol }: URL): { readonly host: string; readonly port: number } {
  const usual = protocol === "https:" || protocol === "wss:" ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || usual };
}

/** The header `authorization` for the user and password of a URL (RFC 7617, in UTF-8); null for one without. */
export function basicAuthorization({ username, password }: Pick<URL, "username" | "password">): string | null {
  if (username === "" && password === "") return null;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`, "utf8").toString("base64")}`;
}

/** What every request to a URL carries: its user and password, unless there is another `authorization`, and these headers. */
export function accessHeaders(
  url: Pick<URL, "username" | "password">,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const authorization = basicAuthorization(url);
  return authorization === null ? headers : { authorization, ...headers };
}

/** Whether a query value of this name is to be read by nobody else. */
function isSecret(name: string): boolean {
  const words = decoded(name)
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .split(/[^A-Za-z]+/);
  return secretName.test(words.join("-").toLowerCase());
}

const queryValue = /(?<=[?&#])([^=&#\s]*)=([^&#\s]*)/g;

/** User and password as typed. Where the text is no URL for what they are made of, all before the last `@`. */
function userinfoOf(url: string): string | null {
  const found = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)@/i.exec(url)?.[1];
  if (found !== undefined) return found;
  if (url.includes("://") && URL.canParse(withPort(url, 1))) return null;
  return /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.+)@/i.exec(url)?.[1] ?? null;
}

function secretsIn(url: string): readonly string[] {
  const userinfo = userinfoOf(url) ?? "";
  const [user = "", ...rest] = userinfo.split(":");
  // A name is one only where something secret follows it.
  const typed = rest.length > 0 ? rest.join(":") : user;
  const whole = withPort(url, 1);
  const parsed = URL.canParse(whole) ? new URL(whole) : { username: "", password: "" };
  const header = basicAuthorization(parsed)?.replace("Basic ", "");
  const values = [...url.matchAll(queryValue)].flatMap(([, name = "", value = ""]) => (isSecret(name) ? [value] : []));
  const alone = [userinfo, typed, parsed.password || parsed.username, header ?? "", ...values];
  return alone.flatMap((secret) => [secret, decoded(secret)]).filter(isLongEnough);
}

function isLongEnough(secret: string): boolean {
  return secret.length >= leastSecretLength;
}

/** Without percent-encoding, where that is what it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
