import type { A2aErrorEntry, ErrorInfo } from "@apb/protocols/a2a";

/** What an operation answers instead of a result; each door writes it in its transport's shape. */
export class A2aError extends Error {
  override readonly name = "A2aError";
  readonly entry: A2aErrorEntry;

  constructor(entry: A2aErrorEntry, message: string) {
    super(message);
    this.entry = entry;
  }
}

/** Names of google.rpc.Code for statuses that come from HTTP itself. */
const statusNames: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  413: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
};

/** REST's error body, a google.rpc.Status (§11.6). */
export function restErrorText(
  code: number,
  message: string,
  status: string = statusNames[code] ?? "UNKNOWN",
  details: readonly ErrorInfo[] = [],
): string {
  return JSON.stringify({ error: { code, status, message, details } });
}
