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

/** A URL as it may be printed and stored: `***` for its user and password, and for query values with the names of secrets. Text that is no URL keeps nothing before an `@`. */
export function maskedUrl(url: string): string {
  const userinfo = userinfoOf(url);
  const open = userinfo === null ? url : url.replace(`${userinfo}@`, `${mask}@`);
  return open.replace(queryValue, (whole, name: string) => (isSecret(name) ? `${name}=${mask}` : whole));
}

/** Takes out of a text what in these URLs is secret, wherever it stands in it: as typed, decoded, or as the header that carries it. */
export function masking(urls: readonly string[]): (text: string) => string {
  const secrets = [...new Set(urls.flatMap(secretsIn))].sort((a, b) => b.length - a.length);
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

/** The header `authorization` for the user and password of a URL (RFC 7617, in UTF-8); null for one without. */
export function basicAuthorization({ username, password }: Pick<URL, "username" | "password">): string | null {
  if (username === "" && password === "") return null;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`, "utf8").toString("base64")}`;
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
  if (url.includes("://") && URL.canParse(url)) return null;
  return /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.+)@/i.exec(url)?.[1] ?? null;
}

function secretsIn(url: string): readonly string[] {
  const userinfo = userinfoOf(url) ?? "";
  const [user = "", ...rest] = userinfo.split(":");
  // A name is one only where something secret follows it.
  const typed = rest.length > 0 ? rest.join(":") : user;
  const parsed = URL.canParse(url) ? new URL(url) : { username: "", password: "" };
  const header = basicAuthorization(parsed)?.replace("Basic ", "");
  const values = [...url.matchAll(queryValue)].flatMap(([, name = "", value = ""]) => (isSecret(name) ? [value] : []));
  const alone = [userinfo, typed, parsed.password || parsed.username, header ?? "", ...values];
  return alone.flatMap((secret) => [secret, decoded(secret)]).filter((secret) => secret.length >= leastSecretLength);
}

/** Without percent-encoding, where that is what it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
