/** Names and arguments as values of HTTP headers: MCP 2026-07-28, Streamable HTTP, "Value Encoding". */

const sentinelStart = "=?base64?";
const sentinelEnd = "?=";

/** A name as a header value: as it is where HTTP allows, else in Base64 (Streamable HTTP, "Value Encoding"). */
export function headerValue(name: string): string {
  const plain = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/.test(name) && !isEncoded(name);
  return plain ? name : encoded(name);
}

/** Whether a header value, encoded or not, stands for a name. */
export function isHeaderFor(header: string, name: string): boolean {
  return isEncoded(header) ? header === encoded(name) : header === name;
}

function isEncoded(value: string): boolean {
  return value.startsWith(sentinelStart) && value.endsWith(sentinelEnd);
}

function encoded(name: string): string {
  return `${sentinelStart}${Buffer.from(name, "utf8").toString("base64")}${sentinelEnd}`;
}
