import type { IncomingHttpHeaders } from "node:http2";

/** Metadata to send: names in lower case, text values; bytes under names that end in `-bin`. */
export type GrpcMetadata = Readonly<Record<string, string | Uint8Array>>;

/** Metadata as HTTP/2 headers: bytes become base64 without padding (PROTOCOL-HTTP2, Custom-Metadata). */
export function toHeaders(metadata: GrpcMetadata): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    headers[name] = typeof value === "string" ? value : Buffer.from(value).toString("base64").replace(/=+$/, "");
  }
  return headers;
}

/** The text of a metadata entry of a request; several of one name are joined with commas; undefined when there is none. */
export function textOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

/** The bytes of the `-bin` entries of one name of a request, padded or not, sent apart or joined with commas. */
export function bytesOf(headers: IncomingHttpHeaders, name: string): readonly Buffer[] {
  const text = textOf(headers, name);
  return text === undefined ? [] : text.split(",").map((value) => Buffer.from(value, "base64"));
}
