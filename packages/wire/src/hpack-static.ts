/** A header field: name and value. Octets are characters (Latin-1). */
export type Field = readonly [name: string, value: string];

// RFC 7541, Appendix A. Several values of one name are separated by "|".
const listing = `
:authority
:method: GET|POST
:path: /|/index.html
:scheme: http|https
:status: 200|204|206|304|400|404|500
accept-charset
accept-encoding: gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`;

/** The static table of RFC 7541, Appendix A; index 1 of the format is element 0. */
export const staticTable: readonly Field[] = listing
  .trim()
  .split("\n")
  .flatMap((line) => {
    const [name = "", values = ""] = line.split(": ");
    return values.split("|").map((value): Field => [name, value]);
  });

/** What an entry takes in a dynamic table, in bytes (RFC 7541 §4.1). */
export function entryBytes([name, value]: Field): number {
  return name.length + value.length + 32;
}
