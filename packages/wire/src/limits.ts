import { Failure } from "@apb/core/failure";

const mebibyte = 1024 * 1024;

/** A reply, a message or what was left unread of them is larger than we let it be. */
export function tooLarge(maxReplyBytes: number): Failure {
  return new Failure("protocol", `expected a reply of at most ${sizeText(maxReplyBytes)}, got more`);
}

function sizeText(bytes: number): string {
  if (bytes % mebibyte === 0) return `${bytes / mebibyte} MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`;
}

/** What answers may take that wait until the peer reads: some thousand small ones, as many as Node lets wait in HTTP/2. */
const mostWaitingBytes = mebibyte;
/** An answer that waits is kept with an object or two of Node's. */
const eachTakesBytes = 1024;

/**
 * Of one more answer that the peer asks for, while `unsentBytes` wait to be written to it: how many bytes of answers wait
 * then, which `before` was the last time. Throws `protocol` for a peer that asks and asks and does not read.
 */
export function waitingBytes(before: number, answerBytes: number, unsentBytes: number): number {
  if (unsentBytes === 0) return 0;
  const waiting = before + eachTakesBytes + answerBytes;
  if (waiting <= mostWaitingBytes) return waiting;
  throw deafServer();
}

/** A server asks and asks and does not read what we answer. */
export function deafServer(options?: { cause?: unknown }): Failure {
  const message = "expected a server that reads our answers to its pings and requests, got more than may wait";
  return new Failure("protocol", message, options);
}
